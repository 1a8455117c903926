import { real } from "../../format.js";

/** @import { TrialCurves, WireNumber } from "../../wire.js" */

/**
 * A metric as it is drawn: the steps that have it, with NaN where what was reported is not finite. `odd` has those, in words.
 * @typedef {{name: string, x: Float64Array, y: Float64Array, spread: Float64Array | null, odd: {step: number, value: string}[]}} Series
 */
/** Metrics that belong on one chart. @typedef {{title: string, series: Series[]}} Group */

const PREFIX = /^(train|val|valid|validation|test|eval)_(?=.)/;
const SPREAD = "_std";

/**
 * The metrics by what they measure, that of the study first: `train_loss` and `val_loss` are one chart, and `val_loss_std` is the spread
 * around a line on it.
 * @param {TrialCurves} curves
 * @returns {Group[]}
 */
export function groupsOf({ step, columns }) {
  /** @type {Map<string, Series[]>} */
  const groups = new Map();
  for (const [name, column] of Object.entries(columns)) {
    if (name.endsWith(SPREAD) && Object.hasOwn(columns, name.slice(0, -SPREAD.length))) continue;
    const base = name.replace(PREFIX, "");
    const series = seriesOf(name, step, column, columns[name + SPREAD] ?? null);
    groups.set(base, [...(groups.get(base) ?? []), series]);
  }
  return [...groups].map(([base, series]) => ({ title: base.replaceAll("_", " "), series: series.sort((a, b) => trains(a) - trains(b)) }));
}

/** What is measured on the training data comes last, so that its colour is the same on all charts. @param {Series} series */
const trains = ({ name }) => Number(name.startsWith("train_"));

/**
 * @param {string} name
 * @param {number[]} step
 * @param {(WireNumber | null)[]} column
 * @param {(WireNumber | null)[] | null} spread
 * @returns {Series}
 */
function seriesOf(name, step, column, spread) {
  const rows = step.map((_, row) => row).filter((row) => column[row] !== null && column[row] !== undefined);
  const values = rows.map((row) => real(column[row]) ?? NaN);
  return {
    name,
    x: Float64Array.from(rows, (row) => step[row] ?? NaN),
    y: Float64Array.from(values, (value) => (Number.isFinite(value) ? value : NaN)),
    spread: spread === null ? null : Float64Array.from(rows, (row) => real(spread[row]) ?? NaN),
    odd: rows.flatMap((row, place) => (Number.isFinite(values[place]) ? [] : [{ step: step[row] ?? NaN, value: String(values[place]) }])),
  };
}

/**
 * The steps at which another attempt begins to have the word.
 * @param {TrialCurves} curves
 */
export const handovers = ({ step, attempt }) => step.filter((_, row) => row > 0 && attempt[row] !== attempt[row - 1]);

/**
 * The places of points without a neighbour, which no line shows.
 * @param {ArrayLike<number>} y
 */
export function alone(y) {
  const here = (/** @type {number} */ place) => Number.isFinite(y[place] ?? NaN);
  return Array.from(y, (_, place) => place).filter((place) => here(place) && !here(place - 1) && !here(place + 1));
}
