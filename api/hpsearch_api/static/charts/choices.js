import { spansDecades } from "./axis.js";

/** How the values of a chart may be drawn. @type {[string, string][]} */
export const SCALES = [
  ["auto", "automatic"],
  ["linear", "linear"],
  ["log", "logarithmic"],
];

/**
 * The kind of the axis on which values are drawn that way.
 * @param {string} scale one of `SCALES`
 * @param {Iterable<number>} values
 */
export const kindOf = (scale, values) => (scale === "log" || (scale === "auto" && spansDecades(values)) ? "log" : "linear");

/** What the best so far is drawn against. @type {[string, string][]} */
export const AGAINST = [
  ["number", "trials"],
  ["seconds", "wall time"],
  ["device_seconds", "device seconds"],
];

/**
 * The axis of one of `AGAINST`.
 * @param {string} against
 * @returns {import("./axis.js").Axis}
 */
export const axisOf = (against) => ({ label: AGAINST.find(([name]) => name === against)?.[1] ?? against, kind: against === "number" ? "linear" : "seconds" });
