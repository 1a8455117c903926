import { useLayoutEffect, useRef } from "preact/hooks";

import { Empty, Loaded } from "../../components/states.js";
import { count, percent } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useArtifact } from "./artifact.js";
import { mistakesOf, opaque } from "./judgement.js";

/** @import { TrialDetail } from "../../wire.js" */
/** @import { Mistake, Mistakes } from "./judgement.js" */
/** @import { Shown } from "./trial.js" */

/**
 * The validation pictures that the network gets wrong, the worst first; nothing where its worker did not tell.
 * @param {Shown} props
 */
export function MistakesPanel({ trial }) {
  return trial.artifacts.includes("mistakes") ? html`<${Told} trial=${trial} />` : null;
}

/** @param {{trial: TrialDetail}} props */
function Told({ trial }) {
  const artifact = useArtifact(trial, "mistakes");
  return html`<${Panel} title="Mistakes" retry=${artifact.refresh}>
    <${Loaded} of=${artifact} what="the mistakes">
      ${(/** @type {[unknown]} */ [told]) => {
        const found = mistakesOf(told);
        return found === null ? html`<${Empty} level=${3} title="These are no pictures"><p>The artifact has another form than docs/protocol.md gives.</p><//>` : html`<${Gallery} of=${found} />`;
      }}
    <//>
  <//>`;
}

/** @param {{of: Mistakes}} props */
function Gallery({ of }) {
  const { wrong, samples, step, items } = of;
  return html`<p class="small">
      <strong>${count(wrong)}</strong>${samples > 0 && ` of ${count(samples)}`} wrong
      ${step !== null && html`<span class="muted"> · after step ${count(step)}</span>`}
      ${items.length > 0 && items.length < wrong && html`<span class="muted"> · the ${count(items.length)} with the highest loss</span>`}
    </p>
    ${wrong === 0 && html`<p class="muted">Every picture was given its class.</p>`}
    <ul class="gallery" aria-label="Pictures that were given another class">
      ${items.map((item, place) => html`<${Picture} key=${place} item=${item} of=${of} />`)}
    </ul>`;
}

/** @param {{item: Mistake, of: Mistakes}} props */
function Picture({ item, of: { height, width, channels } }) {
  const ref = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useLayoutEffect(() => {
    ref.current?.getContext("2d")?.putImageData(new ImageData(opaque(item.pixels, channels), width, height), 0, 0);
  }, [item]);
  const sure = Number.isFinite(item.probability) ? percent(item.probability) : "—";
  return html`<li>
    <canvas ref=${ref} width=${width} height=${height} role="img" aria-label=${`Sample ${item.index}`}></canvas>
    <p><strong>${item.label}</strong> <span class="muted">taken for</span> <strong class="wrong">${item.predicted}</strong></p>
    <p class="small muted"><span class="nowrap">${sure} sure</span> <span class="nowrap">#${item.index}</span></p>
  </li>`;
}
