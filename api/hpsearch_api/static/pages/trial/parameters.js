import { Code } from "../../components/copy.js";
import { Table } from "../../components/table.js";
import { value } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { shareOf, written } from "./range.js";

/** @import { Shown } from "./trial.js" */

/** A parameter of the study, and its value in this trial. @typedef {{name: string, range: any, active: boolean, found: unknown}} Row */

/** @type {import("../../components/table.js").Column<Row>[]} */
const COLUMNS = [
  { name: "name", label: "Parameter", cell: ({ name }) => html`<span class="wrapped">${name}</span>` },
  {
    name: "value",
    label: "Value",
    right: true,
    cell: ({ active, found }) => (active ? html`<span class="value wrapped">${value(found)}</span>` : html`<span class="muted">not active</span>`),
  },
  { name: "range", label: "Range", cell: ({ range, found }) => html`<${Range} of=${range} value=${found} />` },
];

/**
 * The parameters, each in its range; those that are not active in this trial say when they are.
 * @param {Shown} props
 */
export function ParametersPanel({ study, trial }) {
  const { space } = study.definition;
  const names = [...new Set([...Object.keys(trial.params), ...Object.keys(space)])];
  const rows = names.map((name) => ({ name, range: space[name], active: name in trial.params, found: trial.params[name] }));
  return html`<${Panel} title="Parameters">
    <${Table} caption="Parameters and their ranges" columns=${COLUMNS} rows=${rows} id=${(/** @type {Row} */ { name }) => name} cards />
    <details class="more"><summary>As JSON</summary><${Code} label="Parameters as JSON" text=${JSON.stringify(trial.params, null, 2)} /></details>
  <//>`;
}

/**
 * Where the value is in its range, drawn and in words.
 * @param {{of: any, value: unknown}} props
 */
function Range({ of, value: found }) {
  if (of === undefined) return html`<span class="muted">—</span>`;
  const share = shareOf(of, found);
  return html`${share !== null &&
    html`<span class="range" aria-hidden="true"><span class="range-mark" data-share=${share.toFixed(3)} style=${{ left: `${100 * share}%` }}></span></span>`}
    <span class="small muted wrapped">${written(of)}</span>`;
}
