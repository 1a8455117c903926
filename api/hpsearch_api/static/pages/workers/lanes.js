import { useState } from "preact/hooks";

import { count, many } from "../../format.js";
import { html } from "../../html.js";
import { studyPath, trialPath } from "../../router.js";

/** @import { WorkerView } from "../../wire.js" */

/** Lanes that say their step in words; of more it is in what they say when pointed at. */
const MOST_WORDS = 8;
/** Lanes that are drawn at first. */
const MOST = 48;

/**
 * What a worker trains now, lane by lane: a link for each trial, and how many lanes are free.
 * @param {{worker: WorkerView}} props
 */
export function Lanes({ worker }) {
  const [all, setAll] = useState(false);
  const { told } = worker;
  const trials = Object.entries(told.training).flatMap(([study, found]) => found.map(([trial, step]) => ({ study, trial, step })));
  if (trials.length === 0) return html`<span class="muted">${nothing(worker)}</span>`;
  const shown = all ? trials : trials.slice(0, MOST);
  const studies = [...new Set(shown.map(({ study }) => study))];
  const hidden = trials.length - shown.length;
  // A worker that is silent says nothing of its lanes now.
  const free = told.lanes === null || told.busy === null || worker.is_silent ? 0 : Math.max(told.lanes - told.busy, 0);
  return html`<div class="lanes">
    ${studies.map(
      (study) =>
        html`<div key=${study}>
          <a class="small" href=${studyPath(study)}>${study}</a>
          <ul class="lane-list" aria-label=${`Trials of ${study} on ${worker.name}`}>
            ${shown
              .filter((one) => one.study === study)
              .map(({ trial, step }) => html`<${Lane} key=${trial} study=${study} trial=${trial} step=${step} words=${trials.length <= MOST_WORDS} />`)}
          </ul>
        </div>`,
    )}
    ${worker.is_silent && html`<span class="small muted">when it was last heard of</span>`}
    ${hidden > 0 && html`<button type="button" class="link small" onClick=${() => setAll(true)}>Show ${count(hidden)} more</button>`}
    ${told.training_left_out > 0 && html`<span class="small muted">and ${count(told.training_left_out)} more, for which its status has no room</span>`}
    ${free > 0 && html`<span class="small muted">${many(free, "lane")} free</span>`}
  </div>`;
}

/** @param {WorkerView} worker */
function nothing({ told, open_leases: held }) {
  if (held > 0) return `holds ${many(held, "trial")}`;
  return told.lanes === null ? "—" : "nothing";
}

/** @param {{study: string, trial: number, step: number, words: boolean}} props */
function Lane({ study, trial, step, words }) {
  const at = step === 0 ? "no step yet" : `step ${count(step)}`;
  return html`<li>
    <a class="lane" href=${trialPath(study, trial)} title=${`Trial ${trial}: ${at}`}>
      ${trial}<span class=${words ? "lane-step" : "sr-only"}> ${at}</span>
    </a>
  </li>`;
}
