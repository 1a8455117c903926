import { TONES } from "./field.js";

/**
 * A scale by rank: as many trials lie in each of its steps, so that neither a few bad values nor a crowd of good ones take all colours.
 * @typedef {object} Scale
 * @property {Float64Array} bounds between the steps, rising; the least value is before them and the greatest after
 * @property {boolean} rising whether greater values are better, and so of a higher tone
 * @property {number} count of the values
 */

/** The scale stays while there are not so many times more values: else each trial would change the colours of all. */
const STALE = 1.15;

/**
 * The scale of the finite values; the one before where it still fits. Null where there is no finite value.
 * @param {ArrayLike<number>} values
 * @param {boolean} rising
 * @param {Scale | null} before
 * @returns {Scale | null}
 */
export function rankScale(values, rising, before) {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  const count = finite.length;
  if (count === 0) return null;
  if (before !== null && before.rising === rising && count >= before.count && count <= before.count * STALE) return before;
  finite.sort();
  const bounds = Float64Array.from({ length: TONES + 1 }, (_, step) => finite[Math.round((step / TONES) * (count - 1))] ?? NaN);
  return { bounds, rising, count };
}

/**
 * The tone of a value, from 0 for the worst; NaN is as bad as it gets.
 * @param {Scale} scale
 * @param {number} value
 */
export function toneOf({ bounds, rising }, value) {
  if (Number.isNaN(value)) return 0;
  let [low, high] = [0, TONES - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (value >= (bounds[middle] ?? 0)) low = middle;
    else high = middle - 1;
  }
  return rising ? low : TONES - 1 - low;
}
