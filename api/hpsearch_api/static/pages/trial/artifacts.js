import { useState } from "preact/hooks";

import { Code } from "../../components/copy.js";
import { Loaded } from "../../components/states.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { SHOWN, useArtifact } from "./artifact.js";

/** @import { TrialDetail } from "../../wire.js" */
/** @import { Shown } from "./trial.js" */

/**
 * What the worker left under names of its own; each is read when it is opened.
 * @param {Shown} props
 */
export function ArtifactsPanel({ trial }) {
  const names = trial.artifacts.filter((name) => !SHOWN.includes(name));
  if (names.length === 0) return null;
  return html`<${Panel} title="Other artifacts">${names.map((name) => html`<${Closed} key=${name} trial=${trial} name=${name} />`)}<//>`;
}

/** @param {{trial: TrialDetail, name: string}} props */
function Closed({ trial, name }) {
  const [open, setOpen] = useState(false);
  /** @param {Event & {currentTarget: HTMLDetailsElement}} event */
  const onToggle = (event) => setOpen(event.currentTarget.open);
  return html`<details class="more" onToggle=${onToggle}><summary>${name}</summary>${open && html`<${Opened} trial=${trial} name=${name} />`}</details>`;
}

/** @param {{trial: TrialDetail, name: string}} props */
function Opened({ trial, name }) {
  const artifact = useArtifact(trial, name);
  return html`<${Loaded} of=${artifact} what=${name}>
    ${(/** @type {[unknown]} */ [found]) => html`<${Code} label=${`Artifact ${name}`} text=${typeof found === "string" ? found : JSON.stringify(found, null, 2)} />`}
  <//>`;
}
