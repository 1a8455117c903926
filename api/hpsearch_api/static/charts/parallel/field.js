import { PARTS } from "./axes.js";

/** Steps of colour. */
export const TONES = 64;
/** Steps of how opaque a pixel is. */
export const LEVELS = 64;
/** Places of the table from weights to levels; weights beyond it are looked up by their thousandths. */
const TABLE = 1 << 14;
const COARSE = 10;
/** Rows between two looks at the clock. */
const ROWS = 128;

/**
 * Lines to draw: of each row the heights on all axes in parts of a pixel, its tone from 0 (least) to TONES - 1, and whether it is shown.
 * Rows of equal content draw the same.
 * @typedef {{rows: number, heights: Int16Array, tones: Uint8Array, shown: Uint8Array}} Lines
 */

/**
 * Lines between upright axes, added up pixel by pixel: how much of it lines cover, and of what tone they are in the mean, where high
 * tones count more. Sums do not depend on the order, and a line is taken off as exactly as it was added (Wu's lines, 1991, in
 * whole numbers): so whatever changes, only the lines that changed are drawn.
 */
export class Field {
  constructor() {
    this.width = 0;
    this.height = 0;
    /** The axes from left to right, in whole pixels. @type {number[]} */
    this.stops = [];
    /** Of a line, in pixels. */
    this.thick = 1;
    this.weights = new Int32Array(0);
    this.sums = new Int32Array(0);
    /** What is drawn now. @type {Lines} */
    this.drawn = { rows: 0, heights: new Int16Array(0), tones: new Uint8Array(0), shown: new Uint8Array(0) };
    /** @type {Lines} */
    this.wanted = this.drawn;
    /** The row that is looked at next, and how many are yet to be looked at. */
    this.next = 0;
    this.left = 0;
    /** Whether pixels changed since they were painted. */
    this.dirty = false;
  }

  /**
   * Starts with nothing drawn.
   * @param {number} width of the canvas in its pixels
   * @param {number} height
   * @param {number[]} stops less than `width`
   * @param {number} thick
   */
  reset(width, height, stops, thick) {
    if (width * height === this.weights.length) {
      this.weights.fill(0);
      this.sums.fill(0);
    } else {
      this.weights = new Int32Array(width * height);
      this.sums = new Int32Array(width * height);
    }
    Object.assign(this, { width, height, stops, thick, dirty: true });
    this.drawn = { rows: 0, heights: new Int16Array(0), tones: new Uint8Array(0), shown: new Uint8Array(0) };
  }

  /**
   * Sets what shall be drawn; `step` draws it. The arrays may be written anew before the next call, never between.
   * @param {Lines} lines
   */
  want(lines) {
    this.wanted = lines;
    const { drawn, stops } = this;
    if (drawn.shown.length < lines.rows) {
      const room = Math.max(1024, 2 ** Math.ceil(Math.log2(lines.rows)));
      const [heights, tones, shown] = [new Int16Array(room * stops.length), new Uint8Array(room), new Uint8Array(room)];
      heights.set(drawn.heights);
      tones.set(drawn.tones);
      shown.set(drawn.shown);
      this.drawn = { rows: lines.rows, heights, tones, shown };
    }
    this.drawn.rows = Math.max(this.drawn.rows, lines.rows);
    this.left = this.drawn.rows;
  }

  /**
   * Draws what is not yet as it is wanted, until a time.
   * @param {number} until as `performance.now()` tells it
   * @returns {boolean} whether all is drawn
   */
  step(until) {
    const { drawn, wanted } = this;
    let changed = 0;
    for (; this.left > 0; this.left--) {
      if (this.next >= drawn.rows) this.next = 0;
      const row = this.next++;
      if (this.isAsWanted(row)) continue;
      this.update(row, drawn, wanted);
      if (++changed % ROWS === 0 && performance.now() >= until) {
        this.left -= 1;
        break;
      }
    }
    if (changed > 0) this.dirty = true;
    return this.left === 0;
  }

  /** @param {number} row */
  isAsWanted(row) {
    const { drawn, wanted, stops } = this;
    const shown = row < wanted.rows ? wanted.shown[row] : 0;
    if (drawn.shown[row] !== shown) return false;
    if (shown === 0) return true;
    if (drawn.tones[row] !== wanted.tones[row]) return false;
    const first = row * stops.length;
    for (let place = first; place < first + stops.length; place++) if (drawn.heights[place] !== wanted.heights[place]) return false;
    return true;
  }

  /** @param {number} row @param {Lines} drawn @param {Lines} wanted */
  update(row, drawn, wanted) {
    if (drawn.shown[row] === 1) this.add(row, -1);
    const shown = row < wanted.rows ? (wanted.shown[row] ?? 0) : 0;
    drawn.shown[row] = shown;
    if (shown === 0) return;
    drawn.tones[row] = wanted.tones[row] ?? 0;
    const first = row * this.stops.length;
    for (let place = first; place < first + this.stops.length; place++) drawn.heights[place] = wanted.heights[place] ?? 0;
    this.add(row, 1);
  }

  /** @param {number} row @param {1 | -1} sign */
  add(row, sign) {
    const { drawn, stops } = this;
    const tone = drawn.tones[row] ?? 0;
    const weight = sign * weightOf(tone);
    const first = row * stops.length;
    for (let axis = 1; axis < stops.length; axis++) {
      const place = first + axis;
      this.line(stops[axis - 1] ?? 0, drawn.heights[place - 1] ?? 0, stops[axis] ?? 0, drawn.heights[place] ?? 0, weight, weight * tone);
    }
  }

  /**
   * Adds a line from one axis up to the next: along the longer side pixel by pixel.
   * @param {number} x0 in pixels
   * @param {number} y0 in parts of a pixel
   * @param {number} x1
   * @param {number} y1
   * @param {number} weight
   * @param {number} sum
   */
  line(x0, y0, x1, y1, weight, sum) {
    const across = x1 - x0;
    if (Math.abs(y1 - y0) <= across * PARTS) {
      const slope = (((y1 - y0) << 12) / across) | 0;
      for (let x = x0, y = y0 << 12; x < x1; x++, y += slope) this.dot((y >> 16) * this.width + x, this.width, (y >> 12) & 15, weight, sum);
      return;
    }
    const [from, to] = [y0 >> 4, y1 >> 4];
    const down = to > from ? 1 : -1;
    const slope = ((across << 16) / Math.abs(to - from)) | 0;
    for (let y = from, x = x0 << 16; y !== to; y += down, x += slope) this.dot(y * this.width + (x >> 16), 1, (x >> 12) & 15, weight, sum);
  }

  /**
   * Adds one step of a line: a pixel in part, those that it covers, and one more in part.
   * @param {number} at the first pixel
   * @param {number} step to the next one
   * @param {number} far how much of the last one is covered, of PARTS
   * @param {number} weight
   * @param {number} sum
   */
  dot(at, step, far, weight, sum) {
    const { weights, sums, thick } = this;
    const near = PARTS - far;
    plus(weights, at, near * weight);
    plus(sums, at, near * sum);
    let last = at + step;
    for (let more = 1; more < thick; more++, last += step) {
      plus(weights, last, PARTS * weight);
      plus(sums, last, PARTS * sum);
    }
    plus(weights, last, far * weight);
    plus(sums, last, far * sum);
  }

  /**
   * Writes the pixels.
   * @param {Uint32Array} pixels of an ImageData
   * @param {Uint32Array} palette a colour for each tone and level, the levels of a tone together
   * @param {ReturnType<typeof levelsOf>} levels
   */
  paint(pixels, palette, { fine, coarse }) {
    const { weights, sums } = this;
    for (let at = 0; at < weights.length; at++) {
      const weight = weights[at] ?? 0;
      if (weight === 0) {
        pixels[at] = 0;
        continue;
      }
      const level = (weight < TABLE ? fine[weight] : coarse[Math.min(weight >> COARSE, TABLE - 1)]) ?? 0;
      pixels[at] = palette[(((sums[at] ?? 0) / weight) | 0) * LEVELS + level] ?? 0;
    }
    this.dirty = false;
  }
}

/** @param {Int32Array} list @param {number} at @param {number} by */
function plus(list, at, by) {
  list[at] = (list[at] ?? 0) + by;
}

/** How much a line of a tone counts. @param {number} tone */
const weightOf = (tone) => 1 + ((3 * tone * tone) / (TONES * TONES) | 0);

/**
 * How opaque pixels are by the weight that they have: as much as a line covers of them, and beyond one line by the logarithm, so that
 * one line is seen beside thousands.
 * @param {number} lines how many there are
 * @param {number} height in pixels over which they spread
 */
export function levelsOf(lines, height) {
  const one = Math.min(0.7, Math.max(0.16, 0.66 - 0.15 * Math.log10(Math.max(1, lines / 300))));
  const full = Math.log(Math.max(6, (8 * lines) / Math.max(1, height)));
  const level = (/** @type {number} */ weight) => {
    const count = weight / PARTS;
    const share = count <= 1 ? one * count : one + ((1 - one) * Math.log(count)) / full;
    return Math.min(LEVELS - 1, Math.round(share * (LEVELS - 1)));
  };
  return {
    fine: Uint8Array.from({ length: TABLE }, (_, weight) => level(weight)),
    coarse: Uint8Array.from({ length: TABLE }, (_, weight) => level(weight << COARSE)),
  };
}
