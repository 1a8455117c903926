import { useState } from "preact/hooks";

import { get } from "../../api.js";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Check } from "../../components/field.js";
import { say } from "../../components/notice.js";
import { Popup } from "../../components/popup.js";
import { duration, number, time, value } from "../../format.js";
import { html } from "../../html.js";
import { recorded } from "../../recorded.js";
import { keep } from "../../router.js";
import { columnOf, columnsFor, usualColumns } from "../../trials/columns.js";
import { numbersOf, sortedBy } from "../../trials/order.js";
import { choicesOf } from "../../trials/table.js";

/** @import { StudyView, TrialView } from "../../wire.js" */
/** @import { Column } from "../../components/virtual-table.js" */
/** @import { Kind, TrialColumn } from "../../trials/columns.js" */
/** @import { TrialTable } from "../../trials/table.js" */

/** Columns in a menu that one finds without a search. */
const FEW = 24;
/** Trials whose metrics are offered. */
const LATEST = 20;
const GROUPS = /** @type {const} */ (["Trial", "Values", "Parameters", "Metrics"]);
/** Widths in pixels. @type {Record<Kind, number>} */
const WIDTHS = { state: 120, word: 120, choice: 96, number: 96, time: 208, duration: 88 };
/** Of one letter of a heading. */
const LETTER = 7;
/** What a heading has besides its text. */
const AROUND = 40;

/**
 * These columns of a table of trials, as they are drawn.
 * @param {TrialTable} table
 * @param {string[]} names
 * @returns {Column[]}
 */
export function columnsOf(table, names) {
  return names.flatMap((name) => {
    const column = columnOf(table.study, name);
    if (column === undefined) return [];
    const { label, kind } = column;
    const width = Math.max(WIDTHS[kind], Math.min(224, LETTER * label.length + AROUND));
    return [{ name, label, width, right: kind === "number" || kind === "duration", cell: (/** @type {number} */ row) => cell(table, column, row) }];
  });
}

/** @param {TrialTable} table @param {TrialColumn} column @param {number} row */
function cell(table, { name, kind }, row) {
  if (sortedBy(name).some((read) => !table.columns.has(read))) return html`<span class="muted">…</span>`;
  const found = shown(table, name, kind, row);
  if (found === null) return html`<span class="muted">—</span>`;
  if (kind === "state") return html`<${Badge} state=${found} />`;
  return html`<span class=${kind === "number" ? "value" : "grid-text"} title=${kind === "number" ? undefined : found}>${found}</span>`;
}

/** @param {TrialTable} table @param {string} name @param {Kind} kind @param {number} row @returns {string | null} */
function shown(table, name, kind, row) {
  if (name === "duration") {
    const seconds = numbersOf(table, name)(row);
    return Number.isNaN(seconds) ? null : duration(seconds);
  }
  if (kind === "choice") {
    const place = table.columns.get(name)?.[row] ?? NaN; // null may be a choice
    return Number.isNaN(place) ? null : value(choicesOf(table.study, name)?.[place]);
  }
  const found = table.cell(name, row);
  if (typeof found !== "number") return found === null ? null : String(found);
  if (kind === "time") return time(new Date(1000 * found).toISOString());
  return kind === "duration" ? duration(found) : number(/** @type {import("../../format.js").WireNumber} */ (found));
}

/**
 * Which columns are shown: what the trials have, and the metrics that the latest of them told.
 * @param {{study: StudyView, chosen: string[]}} props
 */
export function ColumnMenu({ study, chosen }) {
  const [metrics, setMetrics] = useState(/** @type {string[]} */ ([]));
  const [search, setSearch] = useState("");
  const named = chosen.filter((name) => name.startsWith("metrics.")).map((name) => name.slice("metrics.".length));
  const all = columnsFor(study.definition, [...new Set([...named, ...metrics])].sort());
  const found = all.filter(({ label }) => label.toLowerCase().includes(search.trim().toLowerCase()));

  async function onOpen() {
    setSearch("");
    if (recorded !== null) return; // a report has no column of a metric
    try {
      /** @type {{items: TrialView[]}} */
      const { items } = await get(`/studies/${encodeURIComponent(study.name)}/trials?limit=${LATEST}&sort=-finished_at`);
      setMetrics([...new Set(items.flatMap((trial) => Object.keys(trial.metrics)))]);
    } catch (error) {
      say("problem", `The metrics could not be read: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** @param {string} name @param {boolean} wanted */
  function choose(name, wanted) {
    const next = all.map((column) => column.name).filter((one) => (one === name ? wanted : chosen.includes(one)));
    keep({ column: next.length === 0 || next.join("\n") === usualColumns(study.definition).join("\n") ? null : next });
  }

  return html`<${Popup} label="Columns" icon="columns" title="Columns" onOpen=${onOpen}>
    ${all.length > FEW &&
    html`<input type="search" aria-label="Search columns" placeholder="Search" value=${search} onInput=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => setSearch(event.currentTarget.value)} />`}
    ${GROUPS.map((group) => {
      const mine = found.filter((column) => column.group === group);
      if (mine.length === 0) return null;
      return html`<fieldset key=${group} class="checks">
        <legend>${group}</legend>
        ${mine.map(
          ({ name, label }) => html`<${Check} key=${name} label=${label} checked=${chosen.includes(name)} onInput=${(/** @type {boolean} */ wanted) => choose(name, wanted)} />`,
        )}
      </fieldset>`;
    })}
    ${found.length === 0 && html`<p class="muted small">No column matches.</p>`}
    <${Button} onClick=${() => keep({ column: null })}>The usual columns<//>
  <//>`;
}
