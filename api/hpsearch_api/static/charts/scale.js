import { extremes, spansDecades } from "./axis.js";

/**
 * From values to shares of a scale of colours and back: 0 is the worst value, 1 the best.
 * @typedef {{share: (value: number) => number, value: (share: number) => number}} Scale
 */

/**
 * The scale over all finite numbers, by their logarithm where that shows more.
 * @param {ArrayLike<number>[]} lists
 * @param {boolean} rising whether greater is better
 * @returns {Scale}
 */
export function scaleOf(lists, rising) {
  const numbers = lists.flatMap((list) => Array.from(list));
  const [low, high] = extremes(numbers) ?? [NaN, NaN];
  const turned = (/** @type {number} */ share) => (rising ? share : 1 - share);
  if (!(low < high)) return { share: () => 0.5, value: () => (low === high ? low : NaN) };
  // Of logarithms and halves, since quotients and differences of numbers need not be finite.
  if (spansDecades(numbers)) {
    const [from, to] = [Math.log(low), Math.log(high)];
    return { share: (value) => turned((Math.log(value) - from) / (to - from)), value: (share) => Math.exp(from * (1 - turned(share)) + to * turned(share)) };
  }
  return { share: (value) => turned((value / 2 - low / 2) / (high / 2 - low / 2)), value: (share) => low * (1 - turned(share)) + high * turned(share) };
}
