import { useNow } from "../../clock.js";
import { ago, count, duration, number, percent, time } from "../../format.js";
import { html } from "../../html.js";
import { Lanes } from "./lanes.js";
import { Memory } from "./memory.js";

/** @import { WorkerView } from "../../wire.js" */
/** @import { Column } from "../../components/table.js" */

/**
 * The columns of the list of workers.
 * @param {number} at when they were read, in milliseconds of the browser's steady clock
 * @returns {Column<WorkerView>[]}
 */
export function columns(at) {
  return [
    { name: "name", label: "Worker", sort: "name", cell: (worker) => html`<${Name} worker=${worker} />` },
    { name: "training", label: "Trains now", cell: (worker) => html`<${Lanes} worker=${worker} />` },
    { name: "lanes", label: "Lanes", sort: "lanes", cell: (worker) => html`<${Occupancy} worker=${worker} />` },
    { name: "memory", label: "GPU and memory", sort: "memory", cell: (worker) => html`<${Memory} told=${worker.told} />` },
    { name: "rate", label: "Trials/min", sort: "rate", right: true, cell: (worker) => html`<${Rate} worker=${worker} />` },
    { name: "failed", label: "Failed", sort: "failed", right: true, cell: (worker) => html`<${Failed} worker=${worker} />` },
    { name: "seen", label: "Last contact", sort: "seen", cell: (worker) => html`<${Contact} worker=${worker} at=${at} />` },
  ];
}

/** @param {{worker: WorkerView}} props */
function Name({ worker: { name, told } }) {
  const kind = told.device ?? told.platform;
  const device = kind !== null && told.devices !== null && told.devices > 1 ? `${told.devices} × ${kind}` : kind;
  const version = told.version === null ? null : `hpsearch ${told.version}`;
  const process = told.pid === null ? null : `process ${told.pid}`;
  const about = [told.host === name ? null : told.host, device, [version, process].filter(Boolean).join(", ")].filter(Boolean);
  return html`<div class="worker-name">
    <span class="row-link">${name}</span>${about.map((line) => html`<span key=${line} class="row-about" title=${line}>${line}</span>`)}
  </div>`;
}

/** @param {{worker: WorkerView}} props */
function Occupancy({ worker: { told } }) {
  if (told.lanes === null || told.busy === null) return html`<span class="muted">—</span>`;
  const { occupancy, window_seconds: window } = told;
  return html`<span class="nowrap"><strong>${count(told.busy)}</strong> of ${count(told.lanes)} busy</span>
    ${occupancy !== null &&
    html`<meter min="0" max="1" value=${occupancy} aria-label="Occupancy"></meter>
      <span class="small muted nowrap">${percent(occupancy)}${window !== null && ` over ${duration(Math.round(window))}`}</span>`}`;
}

/** @param {{worker: WorkerView}} props */
function Rate({ worker: { told } }) {
  if (told.trials_per_minute === null) return html`<span class="muted">—</span>`;
  const device = told.device_seconds_per_minute;
  return html`${figure(told.trials_per_minute)}
  ${device !== null && html`<span class="row-about" title="Device seconds of the trials that ended, in a minute">${figure(device)} device s</span>`}`;
}

/**
 * Three digits.
 * @param {number} rate
 */
const figure = (rate) => number(Number(rate.toPrecision(3)));

/** @param {{worker: WorkerView}} props */
function Failed({ worker: { failed, completed_elsewhere: elsewhere } }) {
  return html`${count(failed)} ${elsewhere > 0 && html`<span class="row-about">${count(elsewhere)} done elsewhere</span>`}`;
}

/** @param {{worker: WorkerView, at: number}} props */
function Contact({ worker, at }) {
  const now = useNow();
  const said = ago(worker.silent_seconds + Math.max(now - at, 0) / 1000);
  return html`<div class="contact">
    <time class="nowrap" datetime=${worker.last_seen} title=${time(worker.last_seen)}>${said}</time>
    ${worker.is_silent && html`<span class="mark-silent" title="Workers renew their leases more often than this">silent</span>`}
  </div>`;
}
