import { useMemo, useRef, useState } from "preact/hooks";

import { ScaleLegend } from "../../charts/scale-legend.js";
import { Parallel, shown } from "../../charts/parallel/parallel.js";
import { rankScale } from "../../charts/parallel/tones.js";
import { Empty, Failed, Loading } from "../../components/states.js";
import { count, many, short } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";
import { keep, place } from "../../router.js";
import { useStore } from "../../store.js";
import { maskIn, pick, select, useSelection } from "../../trials/selected.js";
import { columnsOf, rangeOf, within } from "../../trials/selection.js";
import { useTrials } from "../../trials/trials.js";
import { AxesChooser } from "./axes-chooser.js";
import { useImportant } from "./important.js";
import { ObjectiveChoice, useObjective } from "./objective.js";
import { axisOf, columnsFor, isThere, textOf, usualAxes, wishOf } from "./parallel-axes.js";
import { Ranges } from "./ranges.js";

/** @import { Choice } from "../../components/menu.js" */
/** @import { Upright } from "../../charts/parallel/axes.js" */
/** @import { Scale } from "../../charts/parallel/tones.js" */
/** @import { Range } from "../../charts/parallel/upright.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { Condition } from "../../trials/selection.js" */
/** @import { Best, StudyView } from "../../wire.js" */
/** @import { Wish } from "./parallel-axes.js" */

/** While a range is dragged the other panels, and the address, follow at this distance. */
const FOLLOW_MS = 250;

/**
 * All trials as lines over the value and the parameters that matter, with a range on any axis.
 * @param {{study: StudyView}} props
 */
export function ParallelPanel({ study }) {
  const important = useImportant(study);
  const { query } = useStore(place);
  const texts = query.getAll("axis");
  const wished = texts.map(wishOf).filter((wish) => isThere(study.definition, wish));
  const total = Object.values(study.counts).reduce((sum, found) => sum + found, 0);
  const wishes = wished.length > 0 ? wished : important && usualAxes(study.definition, important);
  return html`<${Panel} title="Parallel coordinates" actions=${html`<${ObjectiveChoice} study=${study} />`}>
    ${total === 0
      ? html`<${Empty} level=${3} title="No trials yet"><p class="muted">Each will be a line over its parameters and its value.</p><//>`
      : wishes === null
        ? html`<${Loading} what="the parameters" />`
        : html`<${Trials} study=${study} wishes=${wishes} total=${total} isUsual=${wished.length === 0} />`}
  <//>`;
}

/** @param {{study: StudyView, wishes: Wish[], total: number, isUsual: boolean}} props */
function Trials({ study, wishes, total, isUsual }) {
  const { definition } = study;
  const { objective, metric } = useObjective(study);
  const selection = useSelection();
  const [where, setWhere] = useDraft(selection.where);
  const value = `values.${metric}`;
  const columns = [...wishes.map(({ column }) => column).filter((column) => column !== "number"), value, ...columnsOf(definition, selection)];
  const { table, progress } = useTrials(study, [...new Set(columns)]);
  const isRead = useRef(false);
  isRead.current ||= progress.complete;

  const axes = useSame(useMemo(() => wishes.map((wish) => axisOf(table, wish)), [table, progress, JSON.stringify(wishes)]));
  const rising = [definition.direction].flat()[objective] === "maximize";
  const before = useRef(/** @type {Scale | null} */ (null));
  const scale = useMemo(() => rankScale(table.column(value) ?? [], rising, before.current), [table, progress, value, rising]);
  before.current = scale;
  const tones = useMemo(() => ({ column: value, scale }), [value, scale]);
  const mask = useMemo(() => (isRead.current ? maskIn(table, { ...selection, where }) : null), [table, progress, selection.states, where]);
  const marks = useMemo(() => ({ mask, picked: new Set(selection.picked) }), [mask, selection.picked]);
  const [said, say] = useState("");

  if (!isRead.current) {
    if (progress.error !== null) return html`<${Failed} error=${progress.error} />`;
    return html`<${Loading} what="the trials" /><p class="muted small" role="status">${count(progress.rows)} of ${many(total, "trial")}</p>`;
  }

  /** @param {Wish[] | null} next */
  const show = (next) => keep({ axis: next === null ? null : next.map(textOf) });
  /** @param {Upright} axis @param {Partial<Wish>} changes */
  const change = (axis, changes) => show(wishes.map((wish) => (wish.column === axis.column ? { ...wish, ...changes } : wish)));

  /** @param {Upright} axis @param {number} by */
  function move(axis, by) {
    const from = axes.indexOf(axis);
    const to = Math.min(axes.length - 1, Math.max(0, from + by));
    const next = wishes.filter((_, other) => other !== from);
    const moved = wishes[from];
    if (moved === undefined || from === to) return;
    show([...next.slice(0, to), moved, ...next.slice(to)]);
    say(`${axis.label} is axis ${to + 1} of ${axes.length}.`);
  }

  /** @param {Upright} axis @param {Range} range @param {boolean} isOver */
  const setRange = (axis, range, isOver) => setWhere(within(definition, where, axis.column, range), isOver);

  /** @param {Upright} axis @returns {Choice[]} */
  function choicesFor(axis) {
    const at = axes.indexOf(axis);
    const other = axis.kind === "log" ? "linear" : "log";
    return [
      ...(at > 0 ? [{ label: "Move left", act: () => move(axis, -1) }] : []),
      ...(at < axes.length - 1 ? [{ label: "Move right", act: () => move(axis, 1) }] : []),
      ...(axis.kind === "log" || (axis.kind === "linear" && axis.high > 0 && axis.column !== "number")
        ? [{ label: `${other === "log" ? "Logarithmic" : "Linear"} scale`, act: () => change(axis, { scale: /** @type {"log" | "linear"} */ (other) }) }]
        : []),
      { label: axis.flipped ? "Turn back" : "Turn upside down", act: () => change(axis, { flipped: !axis.flipped }) },
      ...(rangeOf(definition, where, axis.column) === null ? [] : [{ label: "Remove the range", act: () => setRange(axis, null, true) }]),
      ...(axes.length > 1 ? [{ label: "Hide", act: () => show(wishes.filter(({ column }) => column !== axis.column)) }] : []),
    ];
  }

  function rows() {
    const found = [];
    for (let row = 0; row < table.length; row++) if (mask === null || mask[row] === 1) found.push([row, ...axes.map((axis) => shown(table, axis, row))]);
    return found;
  }

  return html`<div class="stack">
    ${scale !== null && html`<${ScaleLegend} label=${metric} numbers=${quarters(scale)} from="worst" to="best" />`}
    <${Parallel}
      label=${`Lines of ${many(table.length, "trial")} over ${axes.map(({ label }) => label).join(", ")}.`}
      table=${table}
      version=${progress.version}
      axes=${axes}
      tones=${tones}
      marks=${marks}
      rangeOf=${(/** @type {Upright} */ axis) => rangeOf(definition, where, axis.column)}
      onRange=${setRange}
      choices=${choicesFor}
      onMove=${move}
      onPick=${pick}
      rows=${{ columns: ["Trial", ...axes.map(({ label }) => label)], rows }}
    />
    <${Ranges} study=${definition} axes=${axes} where=${where} onWhere=${(/** @type {Condition[]} */ next) => setWhere(next, true)} />
    <${Columns} study=${study} wishes=${wishes} show=${show} isUsual=${isUsual} />
    <p class="sr-only" role="status">${said}</p>
  </div>`;
}

/** @param {{study: StudyView, wishes: Wish[], show: (next: Wish[] | null) => void, isUsual: boolean}} props */
function Columns({ study, wishes, show, isUsual }) {
  const best = /** @type {Resource<Best>} */ (useOfStudy(study.name, "/best", (value) => (value.trials.length > 0 ? value : null)));
  const metrics = Object.keys(best.value?.trials[0]?.metrics ?? {});
  /** @param {string} column @param {boolean} isIn */
  function choose(column, isIn) {
    const others = wishes.filter((wish) => wish.column !== column);
    show(isIn ? [...others, { column, scale: null, flipped: false }] : others);
  }
  return html`<${AxesChooser}
    columns=${columnsFor(study.definition, metrics)}
    chosen=${wishes.map(({ column }) => column)}
    onChoose=${choose}
    onUsual=${isUsual ? null : () => show(null)}
  />`;
}

/**
 * The values at the ends and quarters of a scale, the worst first.
 * @param {Scale} scale
 */
function quarters({ bounds, rising }) {
  const last = bounds.length - 1;
  const found = [0, 0.25, 0.5, 0.75, 1].map((share) => short(bounds[Math.round(share * last)] ?? NaN));
  return rising ? found : found.reverse();
}

/**
 * Conditions that are changed by dragging: shown here at once, and elsewhere when there is time and when it is over.
 * @param {Condition[]} kept
 * @returns {[Condition[], (next: Condition[], isOver: boolean) => void]}
 */
function useDraft(kept) {
  const [draft, setDraft] = useState(/** @type {Condition[] | null} */ (null));
  const followed = useRef(0);
  return [
    draft ?? kept,
    (next, isOver) => {
      setDraft(isOver ? null : next);
      const now = performance.now();
      if (!isOver && now - followed.current < FOLLOW_MS) return;
      followed.current = now;
      select({ where: next });
    },
  ];
}

/**
 * The value before while it says the same.
 * @template T
 * @param {T} value
 * @returns {T}
 */
function useSame(value) {
  const kept = useRef(value);
  if (JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
}
