import { Table } from "../../components/table.js";
import { count } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";

/** @import { HostFailures, WorkerView } from "../../wire.js" */

/** @type {import("../../components/table.js").Column<HostFailures>[]} */
const COLUMNS = [
  { name: "host", label: "Host", cell: ({ host }) => html`<span class="row-link">${host}</span>` },
  { name: "failed", label: "Failed", right: true, cell: ({ failed }) => count(failed) },
  { name: "elsewhere", label: "Completed elsewhere", right: true, cell: ({ completed_elsewhere: elsewhere }) => count(elsewhere) },
  {
    name: "suspicion",
    label: "Suspicion",
    cell: ({ suspicion }) => (suspicion === null ? html`<span class="muted">—</span>` : html`<span class="warned">${suspicion}</span>`),
  },
];

/**
 * The hosts with failures, those that are probably at fault first.
 * @param {WorkerView[]} workers each of which tells of the hosts that it has to do with
 * @returns {HostFailures[]}
 */
export function hostsOf(workers) {
  const found = new Map(workers.flatMap(({ hosts }) => hosts.map((host) => [host.host, host])));
  return [...found.values()].sort((a, b) => b.completed_elsewhere - a.completed_elsewhere || b.failed - a.failed || a.host.localeCompare(b.host));
}

/**
 * What failed where.
 * @param {{workers: WorkerView[]}} props
 */
export function HostsPanel({ workers }) {
  const hosts = hostsOf(workers);
  if (hosts.length === 0) return null;
  return html`<${Panel} title="Failures by host">
    <${Table} caption="Hosts with failures" columns=${COLUMNS} rows=${hosts} id=${(/** @type {HostFailures} */ { host }) => host} cards />
    <p class="small muted">Attempts that failed or expired, but for what their parameters explain; and those of them whose trial another host completed.</p>
  <//>`;
}
