/**
 * Round numbers from `low` to `high`, about `most` of them: multiples of 1, 2 or 5 times a power of ten.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @param {boolean} [whole] whole numbers only
 * @returns {number[]}
 */
export function ticks(low, high, most, whole = false) {
  const rough = (high / 2 - low / 2) / (most / 2); // halves, since the difference of two numbers need not be finite
  const size = 10 ** Math.floor(Math.log10(rough));
  const found = size * ([1, 2, 5].find((part) => part * size >= rough) ?? 10);
  const step = whole ? Math.max(1, found) : found;
  const marks = [];
  for (let mark = Math.ceil(low / step - 1e-9); mark * step <= high + step * 1e-9 && marks.length <= 2 * most; mark++) {
    marks.push(Number((mark * step).toPrecision(12)));
  }
  return marks;
}

/**
 * Round numbers from `low` > 0 to `high` for a logarithmic axis: powers of ten, with parts of them where there is room.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @param {boolean} [whole]
 * @returns {number[]}
 */
export function logTicks(low, high, most, whole = false) {
  if (high / low < 4) return ticks(low, high, most, whole);
  const decades = Math.log10(high) - Math.log10(low);
  const every = Math.max(1, Math.ceil(decades / most));
  const parts = [[1, 2, 5], [1, 3]].find((found) => found.length * decades <= most) ?? [1];
  const marks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += every) {
    for (const part of parts) marks.push(Number((part * 10 ** power).toPrecision(6)));
  }
  return marks.filter((mark) => mark >= low * (1 - 1e-9) && mark <= high * (1 + 1e-9));
}
