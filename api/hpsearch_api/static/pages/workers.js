import { all } from "../api.js";
import { Empty, Loaded } from "../components/states.js";
import { Table } from "../components/table.js";
import { count, relative, time, value } from "../format.js";
import { html } from "../html.js";
import { useResource } from "../resource.js";

/** @import { WorkerView } from "../wire.js" */

/** What has a column of its own. */
const SHOWN = new Set(["host", "device", "lanes", "busy_lanes"]);

/** @type {import("../components/table.js").Column<WorkerView>[]} */
const COLUMNS = [
  { name: "name", label: "Worker", cell: (worker) => html`<span class="row-link">${worker.name}</span>` },
  { name: "host", label: "Host", cell: (worker) => told(worker, "host") },
  { name: "device", label: "Device", cell: (worker) => told(worker, "device") },
  { name: "trials", label: "Trials", right: true, cell: (worker) => count(worker.open_leases) },
  { name: "lanes", label: "Lanes busy", right: true, cell: lanes },
  { name: "failed", label: "Failed", right: true, cell: (worker) => count(worker.failed) },
  { name: "elsewhere", label: "Completed elsewhere", right: true, cell: (worker) => count(worker.completed_elsewhere) },
  { name: "rest", label: "Told", cell: (worker) => html`<span class="small muted">${rest(worker)}</span>` },
  {
    name: "seen",
    label: "Last contact",
    cell: (worker) => html`<time datetime=${worker.last_seen} title=${time(worker.last_seen)}>${relative(worker.last_seen)}</time>`,
  },
];

/** Every worker that was heard of. */
export function Workers() {
  const workers = useResource((signal) => /** @type {Promise<WorkerView[]>} */ (all("/workers", signal)), "/api/v1/events", []);
  return html`<div class="page">
    <header class="page-head"><h1>Workers</h1></header>
    <${Loaded} of=${workers} what="the workers">
      ${(/** @type {WorkerView[]} */ found) =>
        found.length === 0
          ? html`<${Empty} title="No worker has asked for a trial yet">
              <p>Start one on each machine that should train:</p>
              <pre>hpsearch worker</pre>
            <//>`
          : html`<${Suspicions} workers=${found} />
              <${Table} caption="Workers" columns=${COLUMNS} rows=${found} id=${(/** @type {WorkerView} */ { name }) => name} />`}
    <//>
  </div>`;
}

/** @param {{workers: WorkerView[]}} props */
function Suspicions({ workers }) {
  const found = new Map(workers.flatMap(({ hosts }) => hosts.map(({ host, suspicion }) => [host, suspicion])));
  const suspected = [...found].filter(([, suspicion]) => suspicion !== null);
  if (suspected.length === 0) return null;
  return html`<ul class="warnings">
    ${suspected.map(([host, suspicion]) => html`<li key=${host}><strong>${host}</strong> ${suspicion}</li>`)}
  </ul>`;
}

/**
 * @param {WorkerView} worker
 * @param {string} name
 */
function told({ status }, name) {
  return status[name] === undefined || status[name] === null ? "—" : value(status[name]);
}

/** @param {WorkerView} worker */
function lanes(worker) {
  return worker.status["lanes"] === undefined ? "—" : `${told(worker, "busy_lanes")} of ${told(worker, "lanes")}`;
}

/** @param {WorkerView} worker */
function rest({ status }) {
  const others = Object.entries(status).filter(([name, found]) => !SHOWN.has(name) && found !== null);
  return others.map(([name, found]) => `${name} ${value(found)}`).join(", ");
}
