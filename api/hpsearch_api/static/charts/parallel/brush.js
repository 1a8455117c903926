import { shareOf, valueAt } from "./axes.js";

/** @import { Upright } from "./axes.js" */

/** A part of an axis, from the lower to the upper share. @typedef {[number, number]} Shares */
/** What is held of a range while it is dragged, and where it was taken. @typedef {{part: "low" | "high" | "whole" | "new", from: number, range: Shares}} Hold */

/**
 * What one takes hold of at a share of an axis: an end of its range, the whole of it, or a new one.
 * @param {Shares | null} range
 * @param {number} at
 * @param {number} reach how near an end is
 * @returns {Hold}
 */
export function grab(range, at, reach) {
  const from = Math.min(1, Math.max(0, at));
  if (range === null) return { part: "new", from, range: [from, from] };
  const [low, high] = range;
  const [below, above] = [Math.abs(at - low), Math.abs(at - high)];
  if (Math.min(below, above) <= reach) return { part: below < above ? "low" : "high", from, range };
  if (at > low && at < high) return { part: "whole", from, range };
  return { part: "new", from, range: [from, from] };
}

/**
 * The range after what is held was dragged to a share. Ends may pass each other; the whole keeps its length within the axis.
 * @param {Hold} hold
 * @param {number} at
 * @returns {Shares}
 */
export function drag({ part, from, range: [low, high] }, at) {
  const to = Math.min(1, Math.max(0, at));
  if (part === "whole") {
    const by = Math.min(1 - high, Math.max(-low, to - from));
    return [low + by, high + by];
  }
  const fixed = part === "new" ? from : part === "low" ? high : low;
  return [Math.min(fixed, to), Math.max(fixed, to)];
}

/**
 * The numbers of a part of an axis, both included: whole ones where it has only such, and at least one of them.
 * @param {Upright} axis
 * @param {Shares} shares
 * @returns {[number, number]}
 */
export function rangeAt(axis, shares) {
  const ends = shares.map((share) => valueAt(axis, share));
  const [low = 0, high = 0] = ends.sort((one, other) => one - other);
  if (axis.kind === "choices" || axis.whole) {
    const [from, to] = [Math.ceil(low), Math.floor(high)];
    const middle = Math.round((low + high) / 2);
    const [least, greatest] = axis.kind === "choices" ? [0, axis.choices.length - 1] : [axis.low, axis.high];
    const inside = (/** @type {number} */ found) => Math.min(greatest, Math.max(least, found));
    return from <= to ? [inside(from), inside(to)] : [inside(middle), inside(middle)];
  }
  return [rounded(axis, low), rounded(axis, high)];
}

/**
 * The part of an axis that numbers take; the ends of a choice are half way to the next ones.
 * @param {Upright} axis
 * @param {[number, number]} range
 * @returns {Shares}
 */
export function sharesOf(axis, [low, high]) {
  const half = axis.kind === "choices" ? 0.4 : 0;
  const [one, other] = [shareOf(axis, low - half), shareOf(axis, high + half)];
  return one < other ? [one, other] : [other, one];
}

/**
 * A number no finer than a thousandth of the axis, as one would write it; the ends of the axis stay what they are.
 * @param {Upright} axis
 * @param {number} found
 */
function rounded({ kind, low, high }, found) {
  if (found === low || found === high) return found;
  if (kind === "log") return Number(found.toPrecision(4));
  const grain = 10 ** Math.floor(Math.log10(high / 2 - low / 2)) / 1000;
  const near = Number((Math.round(found / grain) * grain).toPrecision(12));
  return Number.isFinite(near) ? near : found;
}
