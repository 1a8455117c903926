import { Elapsed } from "../../components/elapsed.js";
import { Table } from "../../components/table.js";
import { duration, number, time } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";

/** @import { AttemptView } from "../../wire.js" */
/** @import { Shown } from "./trial.js" */

/** @type {import("../../components/table.js").Column<AttemptView>[]} */
const COLUMNS = [
  { name: "number", label: "Attempt", cell: ({ number: id }) => html`<span class="only-cards">Attempt </span>${id}` },
  { name: "worker", label: "Worker", cell: ({ worker, host }) => html`${worker}${host !== null && host !== worker && html`<span class="row-about">${host}</span>`}` },
  { name: "started", label: "Started", cell: ({ started_at: at }) => html`<time datetime=${at}>${time(at)}</time>` },
  { name: "time", label: "Time", right: true, cell: ({ started_at: from, ended_at: to }) => html`<${Elapsed} from=${from} to=${to} />` },
  { name: "device", label: "Device time", right: true, cell: ({ device_seconds: seconds }) => duration(seconds) },
  { name: "end", label: "End", cell: ({ end, error }) => html`${end ?? "open"}${error !== null && html`<span class="row-about">${error.reason}</span>`}` },
  {
    name: "decision",
    label: "Decision",
    cell: ({ decision, decision_reason: reason }) => html`${decision}${reason !== null && html`<span class="row-about">${reason}</span>`}`,
  },
  { name: "beginning", label: "Began at", cell: (attempt) => html`<${Beginning} attempt=${attempt} />` },
  { name: "best", label: "Best step", right: true, cell: ({ best_step: step }) => number(step) },
];

/**
 * Who ran it when and where, and how that ended.
 * @param {Shown} props
 */
export function AttemptsPanel({ trial }) {
  return html`<${Panel} title="Attempts">
    ${trial.history.length === 0
      ? html`<p class="muted">None yet: it waits for a worker.</p>`
      : html`<${Table} caption="Attempts in their order" columns=${COLUMNS} rows=${trial.history} id=${(/** @type {AttemptView} */ { number: id }) => id} cards />`}
  <//>`;
}

/**
 * The checkpoint that it went on from, or why not, as its worker told; else the beginning.
 * @param {{attempt: AttemptView}} props
 */
function Beginning({ attempt: { trace } }) {
  const resumed = trace?.["resumed"];
  if (resumed && typeof resumed === "object") return html`step ${String(resumed.step)}<span class="row-about">${String(resumed.ref)}</span>`;
  const not = trace?.["not_resumed"];
  if (typeof not === "string") return html`the beginning<span class="row-about">not resumed: ${not}</span>`;
  return trace === null ? html`<span class="muted">—</span>` : "the beginning";
}
