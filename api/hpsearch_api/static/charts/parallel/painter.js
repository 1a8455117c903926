import { partsOf, rampParts } from "../colours.js";
import { Field, LEVELS, levelsOf, TONES } from "./field.js";

/** @import { Colours } from "../colours.js" */
/** @import { TrialLines } from "./lines.js" */

/** What a frame may take for lines: the rest is for pixels, and for what else the page does. */
const BUDGET_MS = 10;
/** So many rows are drawn in one frame, come what may. */
const AT_ONCE = 12_000;

/** Where lines are drawn, and how thick, in pixels of the canvas. @typedef {{width: number, height: number, stops: number[], thick: number}} Ground */

/**
 * Keeps three canvases as the lines of trials are: behind them all those that are not selected, then those without a value, then the others
 * in their colours. It draws what has changed, a part in each frame.
 */
export class Painter {
  /** @param {HTMLCanvasElement[]} canvases the last one on top */
  constructor(canvases) {
    this.canvases = canvases;
    this.fields = canvases.map(() => new Field());
    /** @type {Ground} */
    this.ground = { width: 0, height: 0, stops: [], thick: 1 };
    this.images = canvases.map(() => new ImageData(1, 1));
    this.palettes = canvases.map(() => new Uint32Array(TONES * LEVELS));
    this.levels = levelsOf(1, 1);
    this.rows = 0;
    this.frame = 0;
    /** @type {Colours | null} */
    this.colours = null;
  }

  /**
   * @param {Ground} ground
   * @param {TrialLines} lines
   * @param {Uint8Array | null} mask the trials that are selected
   * @param {Colours} colours
   */
  show(ground, lines, mask, colours) {
    this.place(ground, lines.rows);
    if (colours !== this.colours) this.colour(colours);
    const { rows, heights, tones, known, valued } = lines;
    const shown = this.fields.map(() => new Uint8Array(rows));
    const [behind, plain, toned] = /** @type {[Uint8Array, Uint8Array, Uint8Array]} */ (shown);
    for (let row = 0; row < rows; row++) {
      if (known[row] !== 1) continue;
      if (mask !== null) behind[row] = 1;
      if (mask !== null && mask[row] !== 1) continue;
      if (valued[row] === 1) toned[row] = 1;
      else plain[row] = 1;
    }
    this.fields.forEach((field, place) => field.want({ rows, heights, tones, shown: shown[place] ?? plain }));
    this.wake();
  }

  /** @param {Ground} ground @param {number} rows */
  place(ground, rows) {
    const { width, height, stops, thick } = ground;
    const before = this.ground;
    const many = 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
    if (many !== this.rows || height !== before.height) {
      this.levels = levelsOf(many, height);
      this.fields.forEach((field) => (field.dirty = true));
    }
    this.rows = many;
    if (width === before.width && height === before.height && String(stops) === String(before.stops)) return;
    this.ground = ground;
    this.fields.forEach((field) => field.reset(width, height, stops, thick));
    this.canvases.forEach((canvas, place) => {
      [canvas.width, canvas.height] = [width, height];
      this.images[place] = new ImageData(width, height);
    });
  }

  /** @param {Colours} colours */
  colour(colours) {
    this.colours = colours;
    const [muted, ramp] = [partsOf(colours("--muted")), rampParts(colours)];
    /** @type {((tone: number) => number[])[]} */
    const looks = [() => muted, () => muted, (tone) => ramp(tone / (TONES - 1))];
    looks.forEach((look, place) => fill(this.palettes[place] ?? new Uint32Array(0), look, place === 0 ? 0.3 : 1));
    this.fields.forEach((field) => (field.dirty = true));
  }

  wake() {
    this.frame ||= requestAnimationFrame(() => this.tick());
  }

  tick() {
    this.frame = 0;
    const until = this.rows <= AT_ONCE ? Infinity : performance.now() + BUDGET_MS;
    const done = this.fields.map((field) => field.step(until));
    this.fields.forEach((field, place) => {
      const [image, palette, context] = [this.images[place], this.palettes[place], this.canvases[place]?.getContext("2d")];
      if (!field.dirty || image === undefined || palette === undefined || !context) return;
      field.paint(new Uint32Array(image.data.buffer), palette, this.levels);
      context.putImageData(image, 0, 0);
    });
    if (done.includes(false)) this.wake();
  }

  end() {
    cancelAnimationFrame(this.frame);
  }
}

/**
 * Writes a palette; a pixel's bytes are red, green, blue and opacity.
 * @param {Uint32Array} palette
 * @param {(tone: number) => number[]} look
 * @param {number} most of opacity
 */
function fill(palette, look, most) {
  const bytes = new Uint8ClampedArray(palette.buffer);
  for (let tone = 0; tone < TONES; tone++) {
    const parts = look(tone);
    for (let level = 0; level < LEVELS; level++) bytes.set([...parts, (255 * most * level) / (LEVELS - 1)], 4 * (tone * LEVELS + level));
  }
}
