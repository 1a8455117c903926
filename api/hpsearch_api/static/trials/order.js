import { columnNamed } from "./selection.js";
import { isValue } from "./table.js";

/** @import { TrialTable } from "./table.js" */

/** The bits of a digit: four passes sort a number of 64. */
const DIGIT = 16;
const DIGITS = 2 ** DIGIT;
/** Of the greatest number, NaN, and of what is beyond it: the upper halves of their keys. */
const NOT_A_NUMBER = 0xfff80000;
const MISSING = 0xffffffff;

/**
 * The numbers of the trials in a mask (null: of all), in the order of a column, as the API sorts them: those that have nothing there come last, NaN is
 * the greatest number, and equal ones stand by their numbers. Choices are ordered by their places, words by the alphabet.
 * @param {TrialTable} table with the columns that `sortedBy` names
 * @param {Uint8Array | null} mask
 * @param {string} sort the name of a column; with - before it the greatest comes first
 * @returns {Uint32Array}
 */
export function orderOf(table, mask, sort) {
  const falling = sort.startsWith("-");
  const name = columnNamed(table.study, falling ? sort.slice(1) : sort);
  const rows = rowsOf(table.length, mask);
  if (name === "number") return falling ? rows.reverse() : rows;
  return radix(rows, keysOf(table, name, rows, falling));
}

/**
 * The columns of a table that an order looks at.
 * @param {string} name
 * @returns {string[]}
 */
export function sortedBy(name) {
  if (name === "duration") return ["started_at", "finished_at"];
  return name === "number" ? [] : [name];
}

/**
 * The number that a row has in a column, NaN where there is none; "duration" is made of two.
 * @param {TrialTable} table
 * @param {string} name
 * @returns {(row: number) => number}
 */
export function numbersOf(table, name) {
  if (name === "duration") {
    const [from, to] = [table.column("started_at"), table.column("finished_at")];
    return (row) => (to?.[row] ?? NaN) - (from?.[row] ?? NaN);
  }
  const column = table.column(name);
  const words = table.words.get(name);
  if (words === undefined) return (row) => column?.[row] ?? NaN;
  const sorted = [...words].sort();
  const ranks = words.map((word) => sorted.indexOf(word));
  return (row) => ranks[column?.[row] ?? -1] ?? NaN;
}

/** @param {number} length @param {Uint8Array | null} mask */
function rowsOf(length, mask) {
  const rows = new Uint32Array(length);
  let found = 0;
  for (let row = 0; row < length; row++) if (mask === null || mask[row] === 1) rows[found++] = row;
  return rows.slice(0, found);
}

/**
 * A key of 64 bits for each row, in two halves: as whole numbers they have the wanted order.
 * @param {TrialTable} table @param {string} name @param {Uint32Array} rows @param {boolean} falling
 * @returns {[Uint32Array, Uint32Array]} the lower and the upper halves
 */
function keysOf(table, name, rows, falling) {
  const number = numbersOf(table, name);
  const tells = isValue(name);
  const low = new Uint32Array(rows.length);
  const high = new Uint32Array(rows.length);
  const cell = new DataView(new ArrayBuffer(8));
  rows.forEach((row, place) => {
    const found = number(row);
    const isNumber = !Number.isNaN(found);
    if (!isNumber && !(tells && table.told[row] === 1)) {
      low[place] = high[place] = MISSING;
      return;
    }
    cell.setFloat64(0, found + 0); // -0 is 0
    const upper = cell.getUint32(0);
    // Negative numbers count backwards in IEEE 754, and their sign bit would put them last.
    const flip = upper >>> 31 ? 0xffffffff : 0;
    const turn = falling ? 0xffffffff : 0;
    high[place] = (isNumber ? upper ^ (flip || 0x80000000) : NOT_A_NUMBER) ^ turn;
    low[place] = (isNumber ? cell.getUint32(4) ^ flip : 0) ^ turn;
  });
  return [low, high];
}

/**
 * Sorts rows by their keys, digit by digit from the last one (LSD radix sort): it keeps the order of equal ones, and 100,000 take milliseconds.
 * @param {Uint32Array} rows @param {[Uint32Array, Uint32Array]} keys
 */
function radix(rows, keys) {
  let places = Uint32Array.from(rows, (_, place) => place);
  for (const half of keys) {
    for (const shift of [0, DIGIT]) {
      const digit = (/** @type {number} */ place) => ((half[place] ?? 0) >>> shift) & (DIGITS - 1);
      const next = new Uint32Array(DIGITS); // first how many have a digit, then where the next of them comes
      for (const place of places) next[digit(place)] = (next[digit(place)] ?? 0) + 1;
      let start = 0;
      for (let one = 0; one < DIGITS; one++) {
        const many = next[one] ?? 0;
        next[one] = start;
        start += many;
      }
      const sorted = new Uint32Array(places.length);
      for (const place of places) {
        const to = next[digit(place)] ?? 0;
        sorted[to] = place;
        next[digit(place)] = to + 1;
      }
      places = sorted;
    }
  }
  return places.map((place) => rows[place] ?? 0);
}
