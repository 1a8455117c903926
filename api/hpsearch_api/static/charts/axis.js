import { duration, number, value } from "../format.js";

/** @import { Layer } from "./layers.js" */

/**
 * An axis: numbers, numbers by their logarithm, seconds, or choices by their places.
 * @typedef {{label: string, kind: "linear" | "log" | "seconds" | "choices", choices?: any[]}} Axis
 */

/**
 * What a chart writes at a value of an axis.
 * @param {Axis} axis
 * @param {number} at
 */
export function told(axis, at) {
  if (axis.kind === "seconds") return duration(at);
  if (axis.kind === "choices") return Number.isInteger(at) && at in (axis.choices ?? []) ? value(axis.choices?.[at]) : "";
  return number(at);
}

/**
 * Whether an axis can show a number.
 * @param {Axis} axis
 * @param {number} found
 */
export const shows = (axis, found) => Number.isFinite(found) && (axis.kind !== "log" || found > 0);

/**
 * The least and the greatest of the finite numbers; null where there is none.
 * @param {Iterable<number>} numbers
 * @returns {[number, number] | null}
 */
export function extremes(numbers) {
  let [low, high] = [Infinity, -Infinity];
  for (const found of numbers) {
    if (!Number.isFinite(found)) continue;
    if (found < low) low = found;
    if (found > high) high = found;
  }
  return low > high ? null : [low, high];
}

/**
 * Whether numbers are better looked at by their logarithm: all positive, and over more than two decades.
 * @param {Iterable<number>} numbers
 */
export function spansDecades(numbers) {
  const [low, high] = extremes(numbers) ?? [0, 0];
  return low > 0 && high / low > 100;
}

/**
 * From where to where an axis must go to show all points, with a little room.
 * @param {Axis} axis
 * @param {Layer[]} layers
 * @param {"x" | "y"} side
 * @returns {[number, number]}
 */
export function extent(axis, layers, side) {
  if (axis.kind === "choices") return [-0.5, Math.max(1, axis.choices?.length ?? 1) - 0.5];
  let [low, high] = [Infinity, -Infinity];
  for (const layer of layers) {
    const lists = side === "y" && layer.kind === "band" ? [layer.y, layer.upper] : [layer[side]];
    for (const list of lists) {
      for (let place = 0; place < list.length; place++) {
        const found = list[place] ?? NaN;
        if (!shows(axis, found)) continue;
        if (found < low) low = found;
        if (found > high) high = found;
      }
    }
  }
  if (low > high) return axis.kind === "log" ? [0.1, 10] : [0, 1];
  if (axis.kind === "log") {
    const room = Math.max(1.05, (high / low) ** 0.04);
    return [low / room, high * room];
  }
  // Near the ends of what a number can be, the difference of two is not finite.
  const room = (high / 2 - low / 2) * 0.08 || Math.abs(high) * 0.05 || 0.5;
  return [Math.max(-Number.MAX_VALUE / 4, low - room), Math.min(Number.MAX_VALUE / 4, high + room)];
}
