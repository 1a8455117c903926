import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { number, value } from "../../format.js";
import { html } from "../../html.js";
import { Store, useStore } from "../../store.js";
import { RowsTable } from "../chart.js";
import { useColours } from "../colours.js";
import { BEYOND, MISSING } from "./axes.js";
import { linesOf, nearestLine, strokeLine } from "./lines.js";
import { Painter } from "./painter.js";
import { UprightAxis } from "./upright.js";

/** @import { Rows } from "../chart.js" */
/** @import { Marks } from "../layers.js" */
/** @import { Choice } from "../../components/menu.js" */
/** @import { TrialTable } from "../../trials/table.js" */
/** @import { Upright } from "./axes.js" */
/** @import { Scale } from "./tones.js" */
/** @import { TrialLines } from "./lines.js" */
/** @import { Ground } from "./painter.js" */
/** @import { Range } from "./upright.js" */

const HEIGHT = 372;
/** @type {import("./axes.js").Span} */
const SPAN = { top: 46, foot: 330 };
/** Least pixels from one axis to the next, and from the last ones to the ends of the canvas. */
const LEAST = 84;
const SIDE = 52;
/** How near to a line one must be, in pixels. */
const REACH = 12;

/** A trial that is pointed at, and where one is told about it. @typedef {{number: number, left: number, top: number}} At */
/**
 * @typedef {object} ParallelProps
 * @property {string} label what it shows, in a sentence
 * @property {TrialTable} table with the columns of the axes
 * @property {number} version of the table
 * @property {Upright[]} axes the same until something changed
 * @property {{column: string, scale: Scale | null}} tones likewise
 * @property {Marks} marks which trials stand out
 * @property {(axis: Upright) => Range} rangeOf what is selected of an axis
 * @property {(axis: Upright, range: Range, isOver: boolean) => void} onRange while it is dragged, and when that is over
 * @property {(axis: Upright) => Choice[]} choices what can be done with an axis
 * @property {(axis: Upright, by: number) => void} onMove an axis to the right
 * @property {(number: number) => void} onPick
 * @property {Rows} rows
 */

/**
 * Trials as lines over upright axes. Who points at a line is told about its trial; so is who goes through the trials with the arrow keys.
 * @param {ParallelProps} props
 */
export function Parallel(props) {
  const { label, table, version, axes, tones, marks, rows } = props;
  const colours = useColours();
  const scroll = useRef(/** @type {HTMLDivElement | null} */ (null));
  const canvases = useRef(/** @type {(HTMLCanvasElement | null)[]} */ ([]));
  const painter = useRef(/** @type {Painter | null} */ (null));
  const [width, setWidth] = useState(0);
  const [at] = useState(() => new Store(/** @type {At | null} */ (null)));
  const ratio = devicePixelRatio;

  useEffect(() => {
    const element = scroll.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    sizes.observe(element);
    painter.current = new Painter(canvases.current.filter((canvas) => canvas !== null));
    return () => {
      sizes.disconnect();
      painter.current?.end();
    };
  }, []);

  const wide = Math.max(width, 2 * SIDE + LEAST * (axes.length - 1));
  const room = axes.length > 1 ? (wide - 2 * SIDE) / (axes.length - 1) : wide;
  const lefts = axes.map((_, place) => (axes.length === 1 ? wide / 2 : Math.round(SIDE + place * room)));
  const ground = { width: Math.round(wide * ratio), height: Math.round(HEIGHT * ratio), stops: lefts.map((left) => Math.round(left * ratio)), thick: Math.max(1, Math.round(ratio)) };
  const lines = useMemo(
    () => linesOf(table, axes, { top: SPAN.top * ratio, foot: SPAN.foot * ratio }, tones),
    [table, version, axes, tones, ratio],
  );

  useEffect(() => {
    if (width > 0) painter.current?.show(ground, lines, marks.mask, colours);
  }, [lines, marks.mask, colours, wide, ratio]);

  useEffect(() => at.set(null), [axes, table]);

  /** @param {PointerEvent & {currentTarget: HTMLElement}} event */
  function onPoint(event) {
    if (event.buttons !== 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    const row = isGround(event) ? nearestLine(lines, ground.stops, marks.mask, { x: left * ratio, y: top * ratio }, REACH * ratio) : -1;
    at.set(row < 0 ? null : { number: row, left, top });
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Escape") at.set(null);
    else if (event.key === "Enter" && at.value !== null) props.onPick(at.value.number);
    else if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      const order = walk(lines, marks.mask);
      const here = at.value === null ? -1 : order.indexOf(at.value.number);
      const moves = { ArrowRight: here + 1, ArrowLeft: here < 0 ? order.length - 1 : here - 1, Home: 0, End: order.length - 1 };
      const next = order[Math.min(order.length - 1, Math.max(0, moves[/** @type {keyof typeof moves} */ (event.key)]))];
      if (next !== undefined) at.set({ number: next, left: lefts[0] ?? 0, top: SPAN.top });
    } else return;
    event.preventDefault();
  }

  return html`<figure class="chart">
    <div class="parallel-scroll" ref=${scroll}>
      <div
        class="parallel"
        style=${{ width: `${wide}px`, height: `${HEIGHT}px` }}
        tabindex="0"
        role="application"
        aria-label=${`${label} The left and right arrow keys go from trial to trial, the best first; Enter picks one.`}
        onKeyDown=${onKeyDown}
        onPointerMove=${onPoint}
        onPointerLeave=${() => at.set(null)}
        onBlur=${() => at.set(null)}
        onClick=${(/** @type {MouseEvent} */ event) => isGround(event) && at.value !== null && props.onPick(at.value.number)}
      >
        ${[0, 1, 2].map(
          (place) => html`<canvas key=${place} aria-hidden="true" ref=${(/** @type {HTMLCanvasElement | null} */ canvas) => void (canvases.current[place] = canvas)}></canvas>`,
        )}
        <${Beyond} ends=${lines.ends} />
        ${axes.map(
          (axis, place) =>
            html`<${UprightAxis}
              key=${axis.column}
              axis=${axis}
              left=${lefts[place]}
              room=${room}
              span=${SPAN}
              range=${props.rangeOf(axis)}
              choices=${props.choices(axis)}
              onRange=${(/** @type {Range} */ range, /** @type {boolean} */ isOver) => props.onRange(axis, range, isOver)}
              onMove=${(/** @type {number} */ by) => props.onMove(axis, by)}
            />`,
        )}
        <${Pointed} at=${at} ground=${ground} lines=${lines} picked=${marks.picked} table=${table} axes=${axes} />
      </div>
    </div>
    <${RowsTable} label=${label} rows=${rows} />
  </figure>`;
}

/** Whether an event is on the lines, and not on a title or its menu. @param {Event} event */
const isGround = (event) => event.target === event.currentTarget || (event.target instanceof Element && event.target.matches(".upright-strip"));

/** Says what the marks beyond the ends of the axes mean, where there are such. @param {{ends: import("./axes.js").Ends}} props */
function Beyond({ ends }) {
  const at = (/** @type {number} */ share) => ({ top: `${SPAN.foot - share * (SPAN.foot - SPAN.top)}px` });
  return html`<div aria-hidden="true">
    ${ends.above && html`<span class="parallel-beyond" style=${at(1 + BEYOND)}>∞, NaN</span>`}
    ${ends.below && html`<span class="parallel-beyond" style=${at(-BEYOND)}>−∞</span>`}
    ${ends.missing && html`<span class="parallel-beyond" style=${at(MISSING)}>none</span>`}
  </div>`;
}

/**
 * The lines that stand out, and what the one that is pointed at is of.
 * @param {{at: Store<At | null>, ground: Ground, lines: TrialLines, picked: Set<number>, table: TrialTable, axes: Upright[]}} props
 */
function Pointed({ at, ground, lines, picked, table, axes }) {
  const colours = useColours();
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const found = useStore(at);
  const ratio = devicePixelRatio;

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context) return;
    Object.assign(canvas.current, { width: ground.width, height: ground.height });
    const look = { border: colours("--raised"), width: 2 * ratio };
    for (const row of picked) if (row < lines.rows) strokeLine(context, lines, ground.stops, row, { ...look, line: colours("--text") });
    if (found !== null) strokeLine(context, lines, ground.stops, found.number, { ...look, line: colours("--accent") });
  }, [found, lines, picked, colours, ground.width, ratio]);

  return html`<canvas ref=${canvas} aria-hidden="true"></canvas>
    ${found === null ? html`<div class="sr-only" aria-live="polite"></div>` : html`<${Tip} at=${found} wide=${ground.width / ratio} table=${table} axes=${axes} />`}`;
}

/** @param {{at: At, wide: number, table: TrialTable, axes: Upright[]}} props */
function Tip({ at, wide, table, axes }) {
  const [isRight, isLow] = [at.left > wide / 2, at.top > HEIGHT / 2];
  const place = { left: `${at.left}px`, top: `${at.top}px`, translate: `${isRight ? "calc(-100% - 1.5rem)" : "0"} ${isLow ? "calc(-100% - 1.5rem)" : "0"}` };
  return html`<div class="chart-tip" style=${place} aria-live="polite">
    <strong>Trial ${at.number}</strong>
    ${axes.map((axis) => html`<span key=${axis.column}>${axis.label} ${shown(table, axis, at.number)}</span>`)}
  </div>`;
}

/**
 * What a trial has on an axis, in words.
 * @param {TrialTable} table
 * @param {Upright} axis
 * @param {number} row
 */
export function shown(table, axis, row) {
  const cell = axis.column === "number" ? row : table.cell(axis.column, row);
  if (cell === null && axis.kind !== "choices") return "—";
  if (axis.kind !== "choices") return number(/** @type {number} */ (cell));
  return Number.isNaN(table.column(axis.column)?.[row] ?? NaN) ? "—" : value(cell);
}

/**
 * The trials that are selected, the best first.
 * @param {TrialLines} lines
 * @param {Uint8Array | null} mask
 * @returns {number[]}
 */
function walk({ rows, known, valued, tones }, mask) {
  const found = [];
  for (let row = 0; row < rows; row++) if (known[row] === 1 && (mask === null || mask[row] === 1)) found.push(row);
  const rank = (/** @type {number} */ row) => (valued[row] === 1 ? (tones[row] ?? 0) : -1);
  return found.sort((one, other) => rank(other) - rank(one) || one - other);
}
