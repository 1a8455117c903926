import { Empty, Loaded } from "../../components/states.js";
import { count, percent } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useArtifact } from "./artifact.js";
import { confusionOf } from "./judgement.js";

/** @import { TrialDetail } from "../../wire.js" */
/** @import { Confusion } from "./judgement.js" */
/** @import { Shown } from "./trial.js" */

/**
 * Which classes the network takes for which; nothing where its worker did not tell.
 * @param {Shown} props
 */
export function ConfusionPanel({ trial }) {
  return trial.artifacts.includes("confusion_matrix") ? html`<${Told} trial=${trial} />` : null;
}

/** @param {{trial: TrialDetail}} props */
function Told({ trial }) {
  const artifact = useArtifact(trial, "confusion_matrix");
  return html`<${Panel} title="Confusion matrix" retry=${artifact.refresh}>
    <${Loaded} of=${artifact} what="the confusion matrix">
      ${(/** @type {[unknown]} */ [told]) => {
        const found = confusionOf(told);
        return found === null ? html`<${Empty} level=${3} title="This is no confusion matrix"><p>The artifact has another form than docs/protocol.md gives.</p><//>` : html`<${Matrix} of=${found} />`;
      }}
    <//>
  <//>`;
}

/** @param {{of: Confusion}} props */
function Matrix({ of: { counts, right, samples, step, recalls, worst } }) {
  const largest = Math.max(1, ...counts.flatMap((row, label) => row.filter((_, predicted) => predicted !== label)));
  return html`<p class="small">
      <strong>${count(right)}</strong> of ${count(samples)} right, ${percent(samples === 0 ? 0 : right / samples)}
      ${step !== null && html`<span class="muted"> · after step ${count(step)}</span>`}
    </p>
    ${worst.length > 0 &&
    html`<p class="small muted">Most often: ${worst.map(({ label, predicted, times }) => `${label} taken for ${predicted} (${count(times)})`).join(", ")}</p>`}
    <div class="table-frame scrolled" tabindex="0" role="region" aria-label="Confusion matrix by class">
      <table class="confusion">
        <caption class="sr-only">Rows are the classes that samples have, columns those that they were given</caption>
        <thead>
          <tr>
            <th scope="col" class="corner">class \\ given</th>
            ${counts.map((_, predicted) => html`<th key=${predicted} scope="col">${predicted}</th>`)}
            <th scope="col">found</th>
          </tr>
        </thead>
        <tbody>
          ${counts.map(
            (row, label) =>
              html`<tr key=${label}>
                <th scope="row">${label}</th>
                ${row.map((times, predicted) => html`<${Cell} key=${predicted} times=${times} right=${label === predicted} share=${label === predicted ? (recalls[label] ?? 0) : times / largest} />`)}
                <td class="recall">${recalls[label] === null ? "—" : percent(recalls[label] ?? 0)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/**
 * The darker, the more: of what is right as a share of its class, of what is wrong as a share of the greatest number.
 * @param {{times: number, right: boolean, share: number}} props
 */
function Cell({ times, right, share }) {
  const kind = times === 0 ? "none" : right ? "right-cell" : "wrong-cell";
  return html`<td class=${kind} style=${times === 0 ? undefined : { "--share": share.toFixed(3) }}>${count(times)}</td>`;
}
