import { get, send } from "../api.js";
import { Badge } from "../components/badge.js";
import { Button } from "../components/button.js";
import { say } from "../components/notice.js";
import { Loaded } from "../components/states.js";
import { Table } from "../components/table.js";
import { duration, number, secondsBetween, time, value } from "../format.js";
import { html } from "../html.js";
import { Panel } from "../panel.js";
import { useResource } from "../resource.js";
import { studyPath } from "../router.js";
import { mayWrite } from "../who.js";

/** @import { AttemptView, TrialDetail } from "../wire.js" */

/** @type {import("../components/table.js").Column<AttemptView>[]} */
const ATTEMPTS = [
  { name: "number", label: "Attempt", cell: (attempt) => attempt.number },
  { name: "worker", label: "Worker", cell: (attempt) => attempt.worker },
  { name: "host", label: "Host", cell: (attempt) => attempt.host ?? "—" },
  { name: "started", label: "Started", cell: (attempt) => time(attempt.started_at) },
  { name: "time", label: "Time", right: true, cell: (attempt) => duration(secondsBetween(attempt.started_at, attempt.ended_at)) },
  { name: "end", label: "End", cell: (attempt) => attempt.end ?? "open" },
  { name: "decision", label: "Decision", cell: (attempt) => [attempt.decision, attempt.decision_reason].filter(Boolean).join(", ") },
  { name: "error", label: "Error", cell: (attempt) => (attempt.error === null ? "—" : attempt.error.reason) },
];

/** @param {{study: string, number: number}} props */
export function TrialPage({ study, number: place }) {
  const path = `/studies/${encodeURIComponent(study)}/trials/${place}`;
  const events = `/api/v1/studies/${encodeURIComponent(study)}/events`;
  const trial = useResource((signal) => /** @type {Promise<TrialDetail>} */ (get(path, signal)), events, [path]);
  async function cancel() {
    try {
      const { body } = await send("POST", `${path}/cancel`);
      say("done", body.state === "cancelled" ? `Trial ${place} cancelled.` : `Trial ${place} ends when its worker hears of it.`);
    } catch (error) {
      say("problem", error instanceof Error ? error.message : String(error));
    }
    await trial.refresh();
  }
  return html`<div class="page">
    <${Loaded} of=${trial} what=${`trial ${place}`}>
      ${(/** @type {TrialDetail} */ found) => html`
        <header class="page-head">
          <div class="page-title">
            <p class="crumbs"><a href="/">Studies</a> / <a href=${studyPath(study)}>${study}</a></p>
            <h1>Trial ${place} <${Badge} state=${found.state} reason=${found.reason} /></h1>
          </div>
          ${mayWrite && found.finished_at === null && html`<div class="page-actions"><${Button} kind="danger" onClick=${cancel}>Cancel it<//></div>`}
        </header>
        <div class="panels">
          <${Panel} title="Parameters"><${Pairs} of=${found.params} /><//>
          <${Panel} title="Results">
            <${Pairs} of=${{ ...(found.values === null ? {} : { [found.values.length === 1 ? "value" : "values"]: found.values.map(number).join(", ") }), ...found.metrics }} />
            <dl class="figures">
              <div><dt>Best step</dt><dd>${found.best_step ?? "—"}</dd></div>
              <div><dt>Last step</dt><dd>${found.last_step ?? "—"}</dd></div>
              <div><dt>Time</dt><dd>${duration(secondsBetween(found.started_at, found.finished_at))}</dd></div>
              <div><dt>Seed</dt><dd>${found.seed}</dd></div>
            </dl>
          <//>
          ${found.error !== null && html`<${Panel} title="Error"><${ErrorText} error=${found.error} /><//>`}
          <${Panel} title="Attempts">
            ${found.history.length === 0
              ? html`<p class="muted">None yet: it waits for a worker.</p>`
              : html`<${Table} caption="Attempts in their order" columns=${ATTEMPTS} rows=${found.history} id=${(/** @type {AttemptView} */ { number }) => number} />`}
          <//>
        </div>
      `}
    <//>
  </div>`;
}

/** @param {{of: Record<string, unknown>}} props */
function Pairs({ of }) {
  const found = Object.entries(of);
  if (found.length === 0) return html`<p class="muted">Nothing yet</p>`;
  return html`<dl class="pairs">${found.map(([name, shown]) => html`<div key=${name}><dt>${name}</dt><dd>${value(shown)}</dd></div>`)}</dl>`;
}

/** @param {{error: import("../wire.js").ErrorView}} props */
function ErrorText({ error }) {
  return html`<p><strong>${error.reason}</strong></p>
    <pre class="error" tabindex="0" role="region" aria-label="Message">${error.message}</pre>
    ${error.traceback && html`<pre class="error" tabindex="0" role="region" aria-label="Traceback">${error.traceback}</pre>`}`;
}
