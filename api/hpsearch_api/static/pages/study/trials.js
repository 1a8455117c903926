import { useMemo, useRef, useState } from "preact/hooks";

import { Button } from "../../components/button.js";
import { Empty, Failed } from "../../components/states.js";
import { VirtualTable } from "../../components/virtual-table.js";
import { count, many } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { go, place, server, trialPath, useOption } from "../../router.js";
import { useStore } from "../../store.js";
import { isColumn, usualColumns } from "../../trials/columns.js";
import { orderOf, sortedBy } from "../../trials/order.js";
import { pick, select, useMask, useSelection } from "../../trials/selected.js";
import { columnNamed } from "../../trials/selection.js";
import { useTrials } from "../../trials/trials.js";
import { who } from "../../who.js";
import { ColumnMenu, columnsOf } from "./trial-columns.js";
import { Filters } from "./trial-filters.js";

/** @import { Study, StudyView } from "../../wire.js" */
/** @import { TrialTable } from "../../trials/table.js" */
/** @import { Progress } from "../../trials/trials.js" */

/** The newest first. */
const USUAL_SORT = "-number";
/** @type {[string, string][]} */
const EXPORTS = [
  ["csv", "CSV"],
  ["jsonl", "JSON lines"],
  ...(who.parquet ? [/** @type {[string, string]} */ (["parquet", "Parquet"])] : []),
];

/**
 * All trials in a table: those that the selection leaves, in any order, with any columns. What is chosen is in the address.
 * @param {{study: StudyView}} props
 */
export function TrialsPanel({ study }) {
  const actions = html`<span class="muted small">Export all as</span> ${EXPORTS.map(
      ([form, label]) => html`<a key=${form} class="small" download href=${`${server}/api/v1/studies/${encodeURIComponent(study.name)}/export?format=${form}`}>${label}</a>`,
    )}`;
  return html`<${Panel} title="Trials" actions=${actions}><${Trials} study=${study} /><//>`;
}

/** @param {{study: StudyView}} props */
function Trials({ study }) {
  const { asked, names, sort, unknown, setSort } = useChosen(study.definition);
  const read = [...new Set([...names, columnNamed(study.definition, bare(sort))].flatMap(sortedBy))];
  const { table, progress } = useTrials(study, read.length > 0 ? read : ["state"]);
  const selection = useSelection();
  const mask = useMask(study);
  const rows = useRows(table, progress, mask, sort);
  const [at, setAt] = useState(/** @type {{row: number} | null} */ (null));
  const columns = useMemo(() => columnsOf(table, names), [table, asked, progress]);
  const picked = useMemo(() => new Set(selection.picked), [selection.picked]);
  const path = (/** @type {number} */ row) => trialPath(study.name, row);
  const total = Object.values(study.counts).reduce((sum, found) => sum + found, 0);

  return html`<${Filters} study=${study} rows=${rows} length=${table.length} onGo=${(/** @type {number} */ row) => setAt({ row })}>
      <${ColumnMenu} study=${study} chosen=${names} />
    <//>
    ${unknown.length > 0 && html`<p class="problem" role="alert">There is no column ${unknown.join(", ")}.</p>`}
    ${rows === null
      ? progress.error === null
        ? html`<${Reading} rows=${progress.rows} total=${total} />`
        : html`<${Failed} error=${progress.error} />`
      : rows.length === 0
        ? html`<${None} any=${table.length > 0} />`
        : html`<${VirtualTable}
              caption="Trials"
              first="Trial"
              columns=${columns}
              rows=${rows}
              view=${JSON.stringify([sort, selection.states, selection.where])}
              sort=${sort}
              onSort=${setSort}
              picked=${picked}
              onPick=${pick}
              href=${path}
              onOpen=${(/** @type {number} */ row) => go(path(row))}
              at=${at}
            />
            <p class="muted small">
              ${rows.length < table.length && `${count(rows.length)} of `}${many(table.length, "trial")}. Arrow keys go from row to row, Enter opens a trial, the space bar picks it.
            </p>`}`;
}

/** @param {string} sort */
const bare = (sort) => sort.replace(/^-/, "");

/**
 * The columns and the order that the address has, and what of them there is not.
 * @param {Study} study
 */
function useChosen(study) {
  const { query } = useStore(place);
  const [given, setSort] = useOption("sort", USUAL_SORT);
  const asked = query.getAll("column").join("\n");
  return useMemo(() => {
    const names = asked === "" ? usualColumns(study) : asked.split("\n");
    const known = names.filter((name) => isColumn(study, name)).map((name) => columnNamed(study, name));
    const sort = isColumn(study, bare(given)) ? given : USUAL_SORT;
    const unknown = [...names, bare(given)].filter((name) => !isColumn(study, name));
    return { asked, names: [...new Set(known)].filter((name) => name !== "number"), sort, unknown, setSort };
  }, [asked, given, study.name]);
}

/**
 * The trials that are selected, in their order. Null until they were read once; while other columns are read, those before.
 * @param {TrialTable} table
 * @param {Progress} progress
 * @param {Uint8Array | null} mask
 * @param {string} sort
 * @returns {Uint32Array | null}
 */
function useRows(table, progress, mask, sort) {
  const last = useRef({ table, rows: /** @type {Uint32Array | null} */ (null) });
  return useMemo(() => {
    if (last.current.table !== table) last.current = { table, rows: null };
    if (progress.complete) last.current.rows = orderOf(table, mask, sort);
    return last.current.rows;
  }, [table, progress, mask, sort]);
}

/** @param {{rows: number, total: number}} props */
function Reading({ rows, total }) {
  return html`<div class="reading" role="status">
    <progress value=${rows} max=${Math.max(rows, total, 1)} aria-label="Trials read"></progress>
    <p class="muted small">${count(rows)} of ${many(Math.max(rows, total), "trial")} read</p>
  </div>`;
}

/** @param {{any: boolean}} props whether there are trials that do not match */
function None({ any }) {
  if (!any) return html`<${Empty} level=${3} title="No trials yet"><p class="muted">They come when a worker asks for them.</p><//>`;
  return html`<${Empty} level=${3} title="No trial matches">
    <${Button} onClick=${() => select({ states: [], where: [] })}>Show all<//>
  <//>`;
}
