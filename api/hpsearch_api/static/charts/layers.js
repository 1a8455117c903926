/** @import { Colours } from "./colours.js" */

/**
 * Dots, each a trial. `colour` is one for all, or one for each; `border` sets them off from what is below.
 * @typedef {{kind: "points", x: ArrayLike<number>, y: ArrayLike<number>, number: ArrayLike<number>, colour: string | ((place: number) => string), size?: number, border?: string}} Points
 */
/**
 * A line through its points, or steps that keep a value until the next one; `number` is the trial whose line it is, -1 of none. NaN breaks it.
 * `alpha` is how much of its colour it has, where it is not picked.
 * @typedef {{kind: "line" | "steps", x: ArrayLike<number>, y: ArrayLike<number>, colour: string, width?: number, number?: number, dash?: number[], alpha?: number}} Line
 */
/**
 * The ground between two lines of steps over the same `x`.
 * @typedef {{kind: "band", x: ArrayLike<number>, y: ArrayLike<number>, upper: ArrayLike<number>, colour: string}} Band
 */
/**
 * A grid of cells around `x` and `y`, row by row upwards; NaN is left empty.
 * @typedef {{kind: "cells", x: ArrayLike<number>, y: ArrayLike<number>, values: ArrayLike<number>[], colour: (value: number) => string}} Cells
 */
/** What a chart draws, the last one on top. @typedef {Points | Line | Band | Cells} Layer */
/** From values to the canvas. @typedef {{x: (value: number) => number, y: (value: number) => number, ratio: number, colours: Colours}} Projection */
/** Which trials stand out: `mask` has a 1 for each that is selected (null: all are), `picked` are marked. @typedef {{mask: Uint8Array | null, picked: Set<number>}} Marks */

/** How much is left of what is not selected. */
const DIM = 0.13;

/**
 * Draws a layer.
 * @param {CanvasRenderingContext2D} context
 * @param {Layer} layer
 * @param {Projection} to
 * @param {Marks} marks
 */
export function draw(context, layer, to, marks) {
  context.save();
  if (layer.kind === "points") drawPoints(context, layer, to, marks);
  else if (layer.kind === "cells") drawCells(context, layer, to);
  else if (layer.kind === "band") drawBand(context, layer, to);
  else drawLine(context, layer, to, marks);
  context.restore();
}

/** @param {number} number @param {Marks} marks */
const isOut = (number, { mask, picked }) => mask !== null && mask[number] !== 1 && !picked.has(number);

/** @param {CanvasRenderingContext2D} context @param {Points} layer @param {Projection} to @param {Marks} marks */
function drawPoints(context, layer, to, marks) {
  const size = (layer.size ?? 2.5) * to.ratio;
  const { x, y, number, colour } = layer;
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  for (let place = 0; place < number.length; place++) {
    const mine = typeof colour === "string" ? colour : colour(place);
    const key = isOut(number[place] ?? -1, marks) ? `out ${mine}` : mine;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
  }
  // Those that stand out lie on top.
  for (const [key, places] of [...groups].sort(([one], [other]) => Number(other.startsWith("out ")) - Number(one.startsWith("out ")))) {
    const out = key.startsWith("out ");
    context.fillStyle = to.colours(out ? key.slice("out ".length) : key);
    context.globalAlpha = out ? DIM : 0.8;
    context.beginPath();
    for (const place of places) {
      const [left, top] = [to.x(x[place] ?? NaN), to.y(y[place] ?? NaN)];
      if (!Number.isFinite(left + top)) continue;
      context.moveTo(left + size, top);
      context.arc(left, top, size, 0, 2 * Math.PI);
    }
    if (layer.border !== undefined) {
      context.strokeStyle = to.colours(layer.border);
      context.lineWidth = 2.4 * to.ratio;
      context.stroke();
    }
    context.fill();
  }
  context.globalAlpha = 1;
  for (let place = 0; place < number.length; place++) {
    if (!marks.picked.has(number[place] ?? -1)) continue;
    for (const [colour, width] of /** @type {[string, number][]} */ ([["--raised", 5], ["--text", 2]])) {
      context.strokeStyle = to.colours(colour);
      context.lineWidth = width * to.ratio;
      context.beginPath();
      context.arc(to.x(x[place] ?? NaN), to.y(y[place] ?? NaN), 2.2 * size, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

/** @param {CanvasRenderingContext2D} context @param {Line} layer @param {Projection} to @param {Marks} marks */
function drawLine(context, layer, to, marks) {
  const { x, y, kind, number = -1 } = layer;
  const stands = marks.picked.has(number);
  context.strokeStyle = to.colours(layer.colour);
  context.lineWidth = (stands ? 2.6 : (layer.width ?? 1.5)) * to.ratio;
  context.globalAlpha = number >= 0 && isOut(number, marks) ? DIM : stands ? 1 : (layer.alpha ?? 1);
  context.lineJoin = "round";
  context.setLineDash((layer.dash ?? []).map((length) => length * to.ratio));
  context.beginPath();
  let before = NaN;
  let last = NaN;
  for (let place = 0; place < x.length; place++) {
    const [left, top] = [to.x(x[place] ?? NaN), to.y(y[place] ?? NaN)];
    const here = Number.isFinite(left + top);
    if (here && Number.isNaN(before)) context.moveTo(left, top);
    else if (here && kind === "steps") context.lineTo(left, before);
    if (here) context.lineTo(left, top);
    before = here ? top : NaN;
    last = here ? left : NaN;
  }
  if (x.length === 1 && Number.isFinite(last)) context.arc(last, before, 1.5 * to.ratio, 0, 2 * Math.PI);
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Band} layer @param {Projection} to */
function drawBand(context, { x, y, upper, colour }, to) {
  context.fillStyle = to.colours(colour);
  context.globalAlpha = 0.18;
  for (let place = 0; place + 1 < x.length; place++) {
    const [left, right] = [to.x(x[place] ?? NaN), to.x(x[place + 1] ?? NaN)];
    const [top, bottom] = [to.y(upper[place] ?? NaN), to.y(y[place] ?? NaN)];
    if (Number.isFinite(left + right + top + bottom)) context.fillRect(left, top, right - left, bottom - top);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Cells} layer @param {Projection} to */
function drawCells(context, { x, y, values, colour }, to) {
  const across = edges(Array.from(x, to.x));
  const up = edges(Array.from(y, to.y));
  values.forEach((row, line) => {
    for (let place = 0; place < row.length; place++) {
      const value = row[place] ?? NaN;
      if (!Number.isFinite(value)) continue;
      context.fillStyle = colour(value);
      const [left, right, bottom, top] = [across[place] ?? 0, across[place + 1] ?? 0, up[line] ?? 0, up[line + 1] ?? 0];
      context.fillRect(Math.floor(left), Math.floor(top), Math.ceil(right - left) + 1, Math.ceil(bottom - top) + 1);
    }
  });
}

/**
 * The borders of cells: half way between their centres, and as far beyond the first and the last.
 * @param {number[]} centres
 */
function edges(centres) {
  const [first = 0, second = first + 20] = centres;
  const last = centres.at(-1) ?? first;
  const before = centres.at(-2) ?? last - 20;
  const between = centres.slice(1).map((centre, place) => (centre + (centres[place] ?? centre)) / 2);
  return [first - (second - first) / 2, ...between, last + (last - before) / 2];
}

/**
 * The trial whose point is nearest to a place on the canvas, and that point; null where none is within `reach`.
 * @param {Layer[]} layers
 * @param {Projection} to
 * @param {Marks} marks those that are not selected are passed over
 * @param {{left: number, top: number}} at
 * @param {number} reach
 * @returns {{number: number, x: number, y: number, left: number, top: number} | null}
 */
export function nearest(layers, to, marks, at, reach) {
  let found = null;
  let least = reach * reach;
  for (const layer of layers) {
    if (layer.kind === "band" || layer.kind === "cells" || layer.number === undefined) continue;
    for (let place = 0; place < layer.x.length; place++) {
      const number = (typeof layer.number === "number" ? layer.number : layer.number[place]) ?? -1;
      if (isOut(number, marks)) continue;
      const [x, y] = [layer.x[place] ?? NaN, layer.y[place] ?? NaN];
      const [left, top] = [to.x(x), to.y(y)];
      const distance = (left - at.left) ** 2 + (top - at.top) ** 2;
      if (distance >= least) continue;
      least = distance;
      found = { number, x, y, left, top };
    }
  }
  return found;
}
