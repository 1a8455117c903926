import { get, Refused } from "../../api.js";
import { Empty, Loaded } from "../../components/states.js";
import { html } from "../../html.js";
import { useResource } from "../../resource.js";
import { studyPath } from "../../router.js";
import { AdvicePanel } from "./advice.js";
import { ArtifactsPanel } from "./artifacts.js";
import { AttemptsPanel } from "./attempts.js";
import { ConfusionPanel } from "./confusion.js";
import { CurvesPanel } from "./curves.js";
import { ErrorsPanel } from "./errors.js";
import { Header } from "./header.js";
import { HistoryPanel } from "./history.js";
import { LogPanel } from "./log.js";
import { MistakesPanel } from "./mistakes.js";
import { ParametersPanel } from "./parameters.js";
import { ResultsPanel } from "./results.js";

/** @import { StudyView, TrialDetail } from "../../wire.js" */

/** What every panel gets: the trial and its study as they stand. @typedef {{study: StudyView, trial: TrialDetail}} Shown */

/** In their order; each says itself whether there is something to show. @type {((props: Shown) => any)[]} */
const PANELS = [
  ResultsPanel,
  ParametersPanel,
  ErrorsPanel,
  CurvesPanel,
  AdvicePanel,
  ConfusionPanel,
  MistakesPanel,
  AttemptsPanel,
  LogPanel,
  HistoryPanel,
  ArtifactsPanel,
];

/** @param {{study: string, number: number}} props */
export function TrialPage({ study, number }) {
  const path = `/studies/${encodeURIComponent(study)}`;
  const shown = useResource((signal) => load(path, number, signal), `/api/v1${path}/events`, [path, number]);
  if (shown.error instanceof Refused && shown.error.code === "study_not_found") {
    return html`<${Empty} level=${1} title=${`There is no study ${study}`}>
      <p>It was deleted, or never existed. <a href="/">All studies</a></p>
    <//>`;
  }
  if (shown.error instanceof Refused && shown.error.code === "trial_not_found") {
    return html`<${Empty} level=${1} title=${`${study} has no trial ${number}`}>
      <p><a href=${`${studyPath(study)}?tab=trials`}>All trials of the study</a></p>
    <//>`;
  }
  return html`<div class="page">
    <${Loaded} of=${shown} what=${`trial ${number}`}>
      ${(/** @type {Shown} */ found) =>
        html`<${Header} ...${found} refresh=${shown.refresh} />
          <div class="panels trial-panels">${PANELS.map((panel) => html`<${panel} key=${panel.name} ...${found} />`)}</div>`}
    <//>
  </div>`;
}

/**
 * @param {string} path of the study
 * @param {number} number
 * @param {AbortSignal} signal
 * @returns {Promise<Shown>}
 */
async function load(path, number, signal) {
  const [study, trial] = await Promise.all([
    /** @type {Promise<StudyView>} */ (get(path, signal)),
    /** @type {Promise<TrialDetail>} */ (get(`${path}/trials/${number}`, signal)),
  ]);
  return { study, trial };
}
