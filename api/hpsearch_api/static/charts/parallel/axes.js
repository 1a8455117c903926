/**
 * An upright axis of parallel coordinates. A finite number stands at a share of its length: 0 at the foot, 1 at the top.
 * @typedef {object} Upright
 * @property {string} column as the table of trials names it
 * @property {string} label
 * @property {"linear" | "log" | "choices"} kind
 * @property {boolean} whole whether it has whole numbers only
 * @property {number} low at the foot, unless it is flipped
 * @property {number} high
 * @property {any[]} choices of a categorical parameter; their places are its numbers
 * @property {boolean} flipped
 */
/** From where to where axes go on a canvas, in its pixels. @typedef {{top: number, foot: number}} Span */

/** Beyond the ends of an axis: for infinities, and for NaN, which is greater than all numbers as in `where`. */
export const BEYOND = 0.055;
/** Below the foot, for what a trial does not have. */
export const MISSING = -0.12;
/** What of an axis is seen beyond its ends, if anything. @typedef {{above: boolean, below: boolean, missing: boolean}} Ends */

/** Parts of a pixel that heights are counted in. */
export const PARTS = 16;

/**
 * An axis that shows these numbers.
 * @param {Pick<Upright, "column" | "label" | "kind" | "whole" | "flipped"> & {choices?: any[]}} axis
 * @param {number} low
 * @param {number} high
 * @returns {Upright}
 */
export function upright({ choices = [], ...axis }, low, high) {
  const made = { ...axis, choices };
  if (axis.kind === "choices") return { ...made, low: -0.5, high: Math.max(1, choices.length) - 0.5 };
  if (low > high) return { ...made, low: axis.kind === "log" ? 0.1 : 0, high: 1 };
  if (low < high) return { ...made, low, high };
  const room = axis.kind === "log" ? 0 : Math.abs(low) * 0.05 || 0.5;
  return axis.kind === "log" ? { ...made, low: low / 1.1, high: high * 1.1 } : { ...made, low: low - room, high: high + room };
}

/**
 * The share at which a finite number stands; what is beyond the ends of the axis stands there.
 * @param {Upright} axis
 * @param {number} found
 */
export function shareOf({ kind, low, high, flipped }, found) {
  // Of logarithms and halves, since quotients and differences of numbers need not be finite.
  const share =
    kind === "log" ? (found > 0 ? (Math.log(found) - Math.log(low)) / (Math.log(high) - Math.log(low)) : 0) : (found / 2 - low / 2) / (high / 2 - low / 2);
  const within = Math.min(1, Math.max(0, share));
  return flipped ? 1 - within : within;
}

/**
 * The number at a share of an axis.
 * @param {Upright} axis
 * @param {number} share from 0 to 1
 */
export function valueAt({ kind, low, high, flipped }, share) {
  const at = flipped ? 1 - share : share;
  if (at <= 0) return low;
  if (at >= 1) return high;
  return kind === "log" ? Math.exp(Math.log(low) * (1 - at) + Math.log(high) * at) : low * (1 - at) + high * at;
}

/**
 * The heights of trials on an axis, in parts of a pixel from the top of the canvas.
 * @param {Upright} axis
 * @param {ArrayLike<number>} column
 * @param {(row: number) => boolean} isNumber whether a NaN is a number that was told, and not nothing
 * @param {Span} span
 * @param {Int16Array} into row by row
 * @param {number} axes in a row
 * @param {number} place of this one
 * @param {Ends} ends which are noted
 */
export function heights(axis, column, isNumber, span, into, axes, place, ends) {
  const top = PARTS * span.top;
  const foot = PARTS * span.foot;
  const at = (/** @type {number} */ share) => Math.round(foot - share * (foot - top));
  const [above, below, missing] = [at(1 + BEYOND), at(-BEYOND), at(MISSING)];
  const [greatest, least] = axis.flipped ? [below, above] : [above, below];
  for (let row = 0; row < column.length; row++) {
    const found = column[row] ?? NaN;
    let height = missing;
    if (Number.isFinite(found)) height = axis.kind === "log" && found <= 0 ? least : at(shareOf(axis, found));
    else if (found === -Infinity) height = least;
    else if (found === Infinity || isNumber(row)) height = greatest;
    if (height === above) ends.above = true;
    else if (height === below) ends.below = true;
    else if (height === missing) ends.missing = true;
    into[row * axes + place] = height;
  }
}
