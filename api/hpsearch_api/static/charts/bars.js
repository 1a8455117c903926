/** @import { Colours } from "./colours.js" */
/** @import { Lane } from "./lanes.js" */
/** @import { Marks } from "./layers.js" */

/**
 * A span of time in a lane, of a trial. `hatched`: what it did is lost; `again`: the trial was tried before.
 * @typedef {{number: number, lane: number, from: number, to: number, colour: string, hatched: boolean, again: boolean, open: boolean}} Bar
 */
/** What of a timeline is seen, in pixels of the style sheet. @typedef {{width: number, height: number, top: number, gutter: number, from: number, to: number}} View */

/** The height of a lane. */
export const LANE = 18;
const GAP = 3;
const DIM = 0.15;
/** Right of the last second. */
const MARGIN = 8;

/** @param {View} view @param {number} at seconds */
export const across = (view, at) => view.gutter + ((at - view.from) / (view.to - view.from)) * (view.width - view.gutter - MARGIN);

/** @param {View} view @param {number} left pixels */
export const timeAt = (view, left) => view.from + ((left - view.gutter) / (view.width - view.gutter - MARGIN)) * (view.to - view.from);

/**
 * The bar at a place, or next to it; -1 where there is none.
 * @param {Bar[]} bars
 * @param {View} view
 * @param {number} left
 * @param {number} top
 */
export function barAt(bars, view, left, top) {
  const lane = Math.floor((top + view.top) / LANE);
  let [found, least] = [-1, 4];
  bars.forEach((bar, place) => {
    if (bar.lane !== lane) return;
    const distance = Math.max(across(view, bar.from) - left, left - across(view, bar.to), 0);
    if (distance < least) [found, least] = [place, distance];
  });
  return left < view.gutter ? -1 : found;
}

/**
 * Draws what is seen of a timeline.
 * @param {CanvasRenderingContext2D} context its unit is a pixel of the style sheet
 * @param {View} view
 * @param {{lanes: Lane[], bars: Bar[], ticks: {at: number}[], marks: Marks, colours: Colours, at: number}} of `at` is the place of the bar that is pointed at
 */
export function drawBars(context, view, { lanes, bars, ticks, marks, colours, at }) {
  context.clearRect(0, 0, view.width, view.height);
  drawGround(context, view, lanes, ticks, colours);
  context.save();
  context.beginPath();
  context.rect(view.gutter, 0, view.width - view.gutter, view.height);
  context.clip();
  bars.forEach((bar, place) => {
    const top = bar.lane * LANE - view.top;
    if (top < -LANE || top > view.height || bar.to < view.from || bar.from > view.to) return;
    drawBar(context, view, bar, top, marks, colours, place === at);
  });
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {View} view @param {Lane[]} lanes @param {{at: number}[]} ticks @param {Colours} colours */
function drawGround(context, view, lanes, ticks, colours) {
  const first = Math.max(0, Math.floor(view.top / LANE));
  const last = Math.min(lanes.length, Math.ceil((view.top + view.height) / LANE));
  let odd = lanes.slice(0, first + 1).filter((lane) => lane.first).length % 2 === 1;
  context.font = "12px system-ui";
  context.textBaseline = "middle";
  for (let place = first; place < last; place++) {
    const lane = lanes[place];
    if (lane === undefined) continue;
    if (place > first && lane.first) odd = !odd;
    const top = place * LANE - view.top;
    context.fillStyle = colours("--sunken");
    if (odd) context.fillRect(0, top, view.width, LANE);
    // The name stays in sight while its lanes are scrolled through.
    if (!lane.first && place > first) continue;
    context.fillStyle = colours("--muted");
    context.fillText(shortened(context, lane.name, view.gutter - 14), 6, top + LANE / 2 + 1);
  }
  context.fillStyle = colours("--line");
  for (const tick of ticks) context.fillRect(Math.round(across(view, tick.at)), 0, 1, view.height);
}

/** @param {CanvasRenderingContext2D} context @param {View} view @param {Bar} bar @param {number} top @param {Marks} marks @param {Colours} colours @param {boolean} isAt */
function drawBar(context, view, bar, top, marks, colours, isAt) {
  const left = Math.max(view.gutter - 4, across(view, bar.from));
  const wide = Math.max(2, Math.min(view.width + 4, across(view, bar.to)) - left - 1);
  const [up, high] = [top + GAP, LANE - 2 * GAP];
  const picked = marks.picked.has(bar.number);
  context.save();
  context.globalAlpha = marks.mask !== null && marks.mask[bar.number] !== 1 && !picked ? DIM : 1;
  context.beginPath();
  context.roundRect(left, up, wide, high, Math.min(3, wide / 2));
  context.fillStyle = context.strokeStyle = colours(bar.colour);
  if (bar.hatched) hatch(context, left, up, wide, high);
  else {
    if (bar.open) context.globalAlpha *= 0.65;
    context.fill();
  }
  if (picked || isAt) {
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.strokeStyle = colours("--text");
    context.stroke();
  }
  if (bar.again && wide > 4) {
    context.fillStyle = colours("--text");
    context.beginPath();
    context.moveTo(left, up - 1);
    context.lineTo(left + 6, up - 1);
    context.lineTo(left, up + 5);
    context.fill();
  }
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {number} left @param {number} top @param {number} wide @param {number} high */
function hatch(context, left, top, wide, high) {
  const alpha = context.globalAlpha;
  context.globalAlpha = alpha * 0.25;
  context.fill();
  context.globalAlpha = alpha;
  context.lineWidth = 1;
  context.stroke();
  context.save();
  context.clip();
  context.lineWidth = 1.5;
  context.beginPath();
  for (let x = left - high; x < left + wide; x += 5) {
    context.moveTo(x, top + high);
    context.lineTo(x + high, top);
  }
  context.stroke();
  context.restore();
  context.beginPath();
  context.roundRect(left, top, wide, high, Math.min(3, wide / 2));
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} room */
function shortened(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length = Math.min(length - 1, Math.floor(length * 0.9));
  return `${text.slice(0, length)}…`;
}
