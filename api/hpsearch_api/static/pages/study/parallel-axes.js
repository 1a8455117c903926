import { spansDecades } from "../../charts/axis.js";
import { upright } from "../../charts/parallel/axes.js";
import { choicesOf } from "../../trials/table.js";

/** @import { Upright } from "../../charts/parallel/axes.js" */
/** @import { Study } from "../../wire.js" */
/** @import { TrialTable } from "../../trials/table.js" */

/** Axes that are shown without being asked for. */
const USUAL = 9;
/** @type {Record<string, string>} */
const PLAIN = { number: "trial", last_step: "last step", best_step: "best step", device_seconds: "device seconds" };

/** An axis as the address has it: a column, and how it is shown if not as usual. @typedef {{column: string, scale: "log" | "linear" | null, flipped: boolean}} Wish */

/**
 * @param {string} text such as "params.units:log:flip"
 * @returns {Wish}
 */
export function wishOf(text) {
  const [column = "", ...looks] = text.split(":");
  return { column, scale: looks.includes("log") ? "log" : looks.includes("linear") ? "linear" : null, flipped: looks.includes("flip") };
}

/** @param {Wish} wish */
export const textOf = ({ column, scale, flipped }) => [column, ...(scale === null ? [] : [scale]), ...(flipped ? ["flip"] : [])].join(":");

/**
 * The axes for who has not chosen: the objectives, and the most important parameters.
 * @param {Study} study
 * @param {string[]} important parameters, the most important first
 * @returns {Wish[]}
 */
export function usualAxes(study, important) {
  const columns = [...[study.metric].flat().map((metric) => `values.${metric}`), ...important.map((name) => `params.${name}`)];
  return columns.slice(0, USUAL).map((column) => ({ column, scale: null, flipped: false }));
}

/**
 * All columns that can be axes, by their labels.
 * @param {Study} study
 * @param {string[]} metrics that its trials tell besides
 * @returns {[column: string, label: string][]}
 */
export function columnsFor(study, metrics) {
  const values = [study.metric].flat();
  return [
    ...values.map((name) => /** @type {[string, string]} */ ([`values.${name}`, name])),
    ...Object.keys(study.space).map((name) => /** @type {[string, string]} */ ([`params.${name}`, name])),
    ...metrics.filter((name) => !values.includes(name)).map((name) => /** @type {[string, string]} */ ([`metrics.${name}`, name])),
    ...Object.entries(PLAIN),
  ];
}

/**
 * Whether a study has such a column to show.
 * @param {Study} study
 * @param {Wish} wish
 */
export function isThere(study, { column }) {
  const [kind = "", ...rest] = column.split(".");
  const name = rest.join(".");
  if (kind === "params") return name in study.space;
  if (kind === "values") return [study.metric].flat().includes(name);
  return (kind === "metrics" && name !== "") || column in PLAIN;
}

/**
 * An axis over the range of the space, or over the numbers that there are.
 * @param {TrialTable} table
 * @param {Wish} wish
 * @returns {Upright}
 */
export function axisOf(table, { column, scale, flipped }) {
  const label = PLAIN[column] ?? column.slice(column.indexOf(".") + 1);
  const choices = choicesOf(table.study, column);
  const about = { column, label, flipped, whole: false };
  if (choices !== null) return upright({ ...about, kind: "choices", choices }, 0, 0);
  const parameter = column.startsWith("params.") ? table.study.space[label] : undefined;
  const whole = parameter?.type === "int" || ["number", "last_step", "best_step"].includes(column);
  if (parameter !== undefined) {
    const kind = scale ?? (parameter.log ? "log" : "linear");
    return upright({ ...about, whole, kind: parameter.low > 0 ? kind : "linear" }, parameter.low, parameter.high);
  }
  if (column === "number") return upright({ ...about, whole, kind: "linear" }, 0, table.length - 1);
  const numbers = table.column(column) ?? [];
  const kind = scale ?? (spansDecades(numbers) ? "log" : "linear");
  return upright({ ...about, whole, kind }, ...extent(numbers, kind === "log"));
}

/**
 * @param {ArrayLike<number>} numbers
 * @param {boolean} positive ones only
 * @returns {[number, number]}
 */
function extent(numbers, positive) {
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < numbers.length; row++) {
    const found = numbers[row] ?? NaN;
    if (!Number.isFinite(found) || (positive && found <= 0)) continue;
    if (found < low) low = found;
    if (found > high) high = found;
  }
  return [low, high];
}
