import { get } from "../../api.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useVersions } from "../../resource.js";
import { One } from "../study/advice.js";

/** @import { StudyAdvice } from "../../wire.js" */
/** @import { Shown } from "./trial.js" */

/**
 * What looks wrong in the trial's own curve; nothing where nothing does.
 * @param {Shown} props
 */
export function AdvicePanel({ study, trial }) {
  const path = `/studies/${encodeURIComponent(trial.study)}/trials/${trial.number}/advice`;
  const { value } = useVersions((signal) => /** @type {Promise<StudyAdvice>} */ (get(path, signal)), path, trial.seq);
  if (value === null || value.advice.length === 0) return null;
  return html`<${Panel} title="Advice">
    <ul class="advice">
      ${value.advice.map((one) => html`<${One} key=${one.code} study=${study} advice=${{ ...one, trials: [], count: 0 }} />`)}
    </ul>
  <//>`;
}
