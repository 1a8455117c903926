import { heights, PARTS } from "./axes.js";
import { toneOf } from "./tones.js";

/** @import { TrialTable } from "../../trials/table.js" */
/** @import { Ends, Span, Upright } from "./axes.js" */
/** @import { Scale } from "./tones.js" */

/**
 * The lines of all trials: row n is trial n. `known` has a 1 for each that has something on an axis, `valued` for each whose tone means something.
 * @typedef {{rows: number, axes: number, heights: Int16Array, tones: Uint8Array, known: Uint8Array, valued: Uint8Array, ends: Ends}} TrialLines
 */

/**
 * @param {TrialTable} table with the columns of the axes, and that of the tones
 * @param {Upright[]} axes
 * @param {Span} span
 * @param {{column: string, scale: Scale | null}} tones
 * @returns {TrialLines}
 */
export function linesOf(table, axes, span, { column, scale }) {
  const rows = table.length;
  const found = new Int16Array(rows * axes.length);
  const known = new Uint8Array(rows);
  const ends = { above: false, below: false, missing: false };
  axes.forEach((axis, place) => {
    const cells = axis.column === "number" ? Float64Array.from(known.keys()) : (table.column(axis.column) ?? new Float64Array(rows).fill(NaN));
    const told = axis.column.startsWith("values.");
    heights(axis, cells, (row) => told && table.told[row] === 1, span, found, axes.length, place, ends);
    for (let row = 0; row < rows; row++) if (!Number.isNaN(cells[row]) || (told && table.told[row] === 1)) known[row] = 1;
  });
  const values = table.column(column);
  const tones = new Uint8Array(rows);
  const valued = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    if (scale === null || table.told[row] !== 1) continue;
    valued[row] = 1;
    tones[row] = toneOf(scale, values?.[row] ?? NaN);
  }
  return { rows, axes: axes.length, heights: found, tones, known, valued, ends };
}

/**
 * The trial whose line is nearest to a point, by the distance from the line; -1 where none is within reach.
 * @param {TrialLines} lines
 * @param {number[]} stops the axes in pixels
 * @param {Uint8Array | null} mask those with another entry than 1 are passed over
 * @param {{x: number, y: number}} at
 * @param {number} reach in pixels
 */
export function nearestLine(lines, stops, mask, at, reach) {
  const { rows, axes, heights: found, known } = lines;
  if (axes < 2) return -1;
  const after = stops.findIndex((stop) => stop >= at.x);
  const right = after < 0 ? axes - 1 : Math.max(1, after);
  const [from, to] = [stops[right - 1] ?? 0, stops[right] ?? 1];
  const across = to - from;
  const share = Math.min(1, Math.max(0, (at.x - from) / across));
  let nearest = -1;
  let least = (reach * PARTS) ** 2;
  for (let row = 0; row < rows; row++) {
    if (known[row] !== 1 || (mask !== null && mask[row] !== 1)) continue;
    const begin = found[row * axes + right - 1] ?? 0;
    const rise = (found[row * axes + right] ?? 0) - begin;
    const away = begin + share * rise - PARTS * at.y;
    const slope = rise / (PARTS * across);
    const distance = (away * away) / (1 + slope * slope);
    if (distance > least) continue;
    least = distance;
    nearest = row;
  }
  return nearest;
}

/**
 * Strokes the line of a trial, twice: on a border that sets it off from the others.
 * @param {CanvasRenderingContext2D} context
 * @param {TrialLines} lines
 * @param {number[]} stops
 * @param {number} row
 * @param {{line: string, border: string, width: number}} look
 */
export function strokeLine(context, { axes, heights: found }, stops, row, { line, border, width }) {
  context.lineJoin = "round";
  context.lineCap = "round";
  for (const [colour, thick] of /** @type {[string, number][]} */ ([[border, 2.4 * width], [line, width]])) {
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.beginPath();
    for (let place = 0; place < axes; place++) context.lineTo((stops[place] ?? 0) + 0.5, (found[row * axes + place] ?? 0) / PARTS + 0.5);
    context.stroke();
  }
}
