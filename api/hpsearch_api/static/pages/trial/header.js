import { useState } from "preact/hooks";

import { send } from "../../api.js";
import { Badge, REASONS } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Confirm } from "../../components/confirm.js";
import { say } from "../../components/notice.js";
import { html } from "../../html.js";
import { go, studyPath, trialPath } from "../../router.js";
import { mayWrite } from "../../who.js";

/** @import { Counts, TrialView } from "../../wire.js" */
/** @import { Shown } from "./trial.js" */

/**
 * Number, state, why it is in it, the trials beside it, and what can be done.
 * @param {Shown & {refresh: () => Promise<void>}} props
 */
export function Header({ study, trial, refresh }) {
  const [asking, setAsking] = useState(false);
  const over = trial.finished_at !== null;
  async function cancel() {
    await send("POST", `${pathOf(trial)}/cancel`);
    setAsking(false);
    await refresh();
  }
  async function again() {
    try {
      const { body } = await send("POST", `/studies/${encodeURIComponent(trial.study)}/enqueue`, { request_id: newId(), from_trial: trial.number });
      say("done", `The parameters of trial ${trial.number} run again as trial ${body.number}.`);
      go(trialPath(trial.study, body.number));
    } catch (error) {
      say("problem", error instanceof Error ? error.message : String(error));
    }
  }
  return html`<header class="page-head">
      <div class="page-title">
        <p class="crumbs"><a href="/">Studies</a> / <a href=${studyPath(trial.study)}>${trial.study}</a></p>
        <h1>Trial ${trial.number} <${Badge} state=${trial.state} reason=${trial.reason} /></h1>
        ${trial.enqueued && html`<p class="muted">Given by a user, not by the sampler</p>`}
      </div>
      <div class="page-actions">
        <${Beside} trial=${trial} counts=${study.counts} />
        ${mayWrite && !over && html`<${Button} onClick=${() => setAsking(true)}>Cancel it<//>`}
        ${mayWrite && over && html`<${Button} onClick=${again}>Run again<//>`}
      </div>
    </header>
    ${trial.reason !== null && html`<p class="why"><strong>${trial.state}</strong>: ${REASONS[trial.reason] ?? trial.reason}</p>`}
    ${asking && html`<${Cancel} trial=${trial} act=${cancel} onClose=${() => setAsking(false)} />`}`;
}

/** @param {{trial: TrialView, act: () => Promise<void>, onClose: () => void}} props */
function Cancel({ trial, act, onClose }) {
  const then = trial.state === "running" ? "Its worker hears of it at its next call, and what it trained is given up." : "It will not run.";
  return html`<${Confirm} title=${`Cancel trial ${trial.number}?`} verb="Cancel it" act=${act} onClose=${onClose}>
    <p>${then} It counts against the budget all the same. Its parameters can be run again as another trial.</p>
  <//>`;
}

/**
 * Links to the trials with the numbers before and after.
 * @param {{trial: TrialView, counts: Counts}} props
 */
function Beside({ trial, counts }) {
  const last = Object.values(counts).reduce((sum, count) => sum + count, 0) - 1;
  const { study, number } = trial;
  return html`<nav class="beside" aria-label="Trials beside this one">
    ${number > 0 && html`<a class="button" rel="prev" href=${trialPath(study, number - 1)} aria-label=${`Trial ${number - 1}, before`}>← ${number - 1}</a>`}
    ${number < last && html`<a class="button" rel="next" href=${trialPath(study, number + 1)} aria-label=${`Trial ${number + 1}, after`}>${number + 1} →</a>`}
  </nav>`;
}

/** @param {TrialView} trial */
const pathOf = ({ study, number }) => `/studies/${encodeURIComponent(study)}/trials/${number}`;

/** What names a request, so that it is carried out once. Browsers give UUIDs to pages of https alone. */
const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
