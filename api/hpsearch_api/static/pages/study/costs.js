import { Legend } from "../../charts/legend.js";
import { useChoice } from "../../components/choice.js";
import { Empty, Loaded } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { count, duration, many, tenths } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";

/** @import { Column } from "../../components/table.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { Costs, Spent, StudyView } from "../../wire.js" */

/** How attempts end, in the order of the bar. @type {{end: Spent["end"], label: string, colour: string, lost?: boolean}[]} */
const ENDS = [
  { end: "completed", label: "completed", colour: "--completed" },
  { end: "released", label: "given back, or pruned", colour: "--pruned" },
  { end: null, label: "still open", colour: "--running" },
  { end: "failed", label: "failed, may be tried again", colour: "--cancelled", lost: true },
  { end: "fatal", label: "failed for good", colour: "--failed", lost: true },
  { end: "expired", label: "lost with their worker", colour: "--warn", lost: true },
];

/** @type {[string, string][]} */
const CLOCKS = [
  ["clock", "by the clock"],
  ["device", "on devices"],
];

/**
 * What a study took on devices and by the clock, and what ending trials early saved.
 * @param {{study: StudyView}} props
 */
export function CostsPanel({ study }) {
  const costs = /** @type {Resource<Costs>} */ (useOfStudy(study.name, "/costs"));
  const [by, chooseBy] = useChoice("costs", "Time", CLOCKS);
  return html`<${Panel} title="Costs" retry=${costs.refresh} actions=${chooseBy}>
    <${Loaded} of=${costs} what="the costs">
      ${(/** @type {Costs} */ found) =>
        found.spent.length === 0
          ? html`<${Empty} level=${3} title="Nothing was spent yet"><p class="muted">What attempts take on devices and by the clock is added up here.</p><//>`
          : html`<${Spending} found=${found} onDevices=${by === "device"} />`}
    <//>
  <//>`;
}

/** @param {{found: Costs, onDevices: boolean}} props */
function Spending({ found, onDevices }) {
  const seconds = (/** @type {Spent} */ one) => (onDevices ? one.device_seconds : one.seconds);
  const rows = ENDS.flatMap((kind) => found.spent.filter(({ end }) => end === kind.end).map((one) => ({ ...kind, ...one, share: share(seconds(one), onDevices ? found.device_seconds : found.seconds) })));
  const lost = rows.filter((row) => row.lost);
  const lostSeconds = lost.reduce((total, one) => total + one.seconds, 0); // who is lost tells no device time
  const figures = [
    ["Device time", found.device_seconds > 0 ? duration(found.device_seconds) : "not told by the workers"],
    ["Clock time, added up", duration(found.seconds)],
    ["Attempts", count(rows.reduce((total, one) => total + one.count, 0))],
    ["Lost to faults", lost.length === 0 ? "nothing" : `${duration(lostSeconds)} by the clock, in ${many(lost.reduce((total, one) => total + one.count, 0), "attempt")}`],
  ];
  const said = rows.map(({ label, share: part }) => `${label} ${tenths(part)}`).join(", ");
  return html`<dl class="figures">${figures.map(([label, shown]) => html`<div key=${label}><dt>${label}</dt><dd>${shown}</dd></div>`)}</dl>
    <div class="cost-bar" role="img" aria-label=${`${onDevices ? "Device time" : "Clock time"}: ${said}`}>
      ${rows.map(({ label, colour, share: part }) => part > 0 && html`<span key=${label} title=${`${label} ${tenths(part)}`} style=${{ width: `${100 * part}%`, background: `var(${colour})` }}></span>`)}
    </div>
    <${Legend} keys=${rows.map(({ label, colour }) => ({ label, colour }))} />
    <${Table} caption="Time by how attempts ended" columns=${columns(onDevices)} rows=${rows} id=${(/** @type {Row} */ { label }) => label} />
    <${Saved} found=${found} />`;
}

/** @param {{found: Costs}} props */
function Saved({ found: { saved_steps: steps, saved_device_seconds: seconds, device_seconds: spent } }) {
  if (steps === null) return html`<p class="muted small">What early stopping and pruning saved is not known: only built-in objectives tell how many steps a trial may take.</p>`;
  if (steps === 0) return html`<p class="muted small">Early stopping and pruning have saved nothing yet.</p>`;
  const time = seconds !== null && seconds > 0 ? html`, about <strong>${duration(seconds)}</strong> of device time: ${tenths(share(seconds, seconds + spent))} of what all would have taken` : "";
  return html`<p class="saved">Early stopping and pruning saved <strong>${many(steps, "step")}</strong>${time}.</p>`;
}

/** @typedef {Spent & {label: string, share: number}} Row */

/**
 * @param {boolean} onDevices whether shares are of device time
 * @returns {Column<Row>[]}
 */
function columns(onDevices) {
  return [
    { name: "end", label: "How they ended", cell: ({ label }) => label },
    { name: "count", label: "Attempts", right: true, cell: (row) => count(row.count) },
    { name: "device", label: "Device time", right: true, cell: (row) => duration(row.device_seconds) },
    { name: "clock", label: "Clock time", right: true, cell: (row) => (row.end === null ? "—" : duration(row.seconds)) },
    { name: "share", label: onDevices ? "Of device time" : "Of clock time", right: true, cell: (row) => tenths(row.share) },
  ];
}

/** @param {number} part @param {number} whole */
const share = (part, whole) => (whole > 0 ? part / whole : 0);
