/**
 * What workers tell of the samples that validate (docs/protocol.md), read with care: any program may use these names for other things.
 *
 * @typedef {{counts: number[][], samples: number, right: number, step: number | null, recalls: (number | null)[],
 *   worst: {label: number, predicted: number, times: number}[]}} Confusion `recalls` has the share of each class that was found
 * @typedef {{index: number, label: number, predicted: number, probability: number, pixels: Uint8Array}} Mistake
 * @typedef {{wrong: number, samples: number, step: number | null, height: number, width: number, channels: number, items: Mistake[]}} Mistakes
 */

const MOST_CLASSES = 100;
const MOST_WORST = 3;
const MOST_PIXELS = 10_000_000;

/** @param {unknown} found @returns {found is number} */
const isCount = (found) => typeof found === "number" && Number.isSafeInteger(found) && found >= 0;

/** @param {unknown} found @returns {found is Record<string, any>} */
const isObject = (found) => typeof found === "object" && found !== null;

/** @param {unknown} found */
const stepOf = (found) => (isCount(found) ? found : null);

/**
 * The artifact `confusion_matrix`; null where it is something else.
 * @param {unknown} told
 * @returns {Confusion | null}
 */
export function confusionOf(told) {
  const counts = isObject(told) ? told["counts"] : null;
  if (!isObject(told) || !Array.isArray(counts) || counts.length === 0 || counts.length > MOST_CLASSES) return null;
  if (!counts.every((row) => Array.isArray(row) && row.length === counts.length && row.every(isCount))) return null;
  /** @type {number[][]} */
  const rows = counts;
  const sums = rows.map((row) => row.reduce((sum, times) => sum + times, 0));
  const worst = rows
    .flatMap((row, label) => row.map((times, predicted) => ({ label, predicted, times })))
    .filter(({ label, predicted, times }) => label !== predicted && times > 0)
    .sort((a, b) => b.times - a.times)
    .slice(0, MOST_WORST);
  return {
    counts: rows,
    samples: sums.reduce((sum, times) => sum + times, 0),
    right: rows.reduce((sum, row, label) => sum + (row[label] ?? 0), 0),
    step: stepOf(told["step"]),
    recalls: rows.map((row, label) => (sums[label] === 0 ? null : (row[label] ?? 0) / (sums[label] ?? 1))),
    worst,
  };
}

/**
 * The artifact `mistakes`, with the pictures whose form is right; null where it is something else.
 * @param {unknown} told
 * @returns {Mistakes | null}
 */
export function mistakesOf(told) {
  if (!isObject(told) || !Array.isArray(told["shape"]) || !Array.isArray(told["items"])) return null;
  const [height, width, channels] = told["shape"];
  if (![height, width, channels].every(isCount) || (channels !== 1 && channels !== 3)) return null;
  const size = height * width * channels;
  if (size === 0 || size > MOST_PIXELS) return null;
  const items = told["items"].flatMap((item) => {
    const pixels = isObject(item) && isCount(item["label"]) && isCount(item["predicted"]) ? bytesOf(item["pixels"]) : null;
    if (pixels === null || pixels.length !== size) return [];
    const { index, label, predicted, probability } = item;
    return [{ index: isCount(index) ? index : -1, label, predicted, probability: Number(probability), pixels }];
  });
  const { wrong, samples, step } = told;
  return { wrong: isCount(wrong) ? wrong : items.length, samples: isCount(samples) ? samples : 0, step: stepOf(step), height, width, channels, items };
}

/** @param {unknown} text base64 */
function bytesOf(text) {
  if (typeof text !== "string") return null;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/**
 * The picture as a canvas takes it: red, green, blue, and opaque.
 * @param {Uint8Array} pixels
 * @param {number} channels 1 or 3
 */
export function opaque(pixels, channels) {
  const found = new Uint8ClampedArray((pixels.length / channels) * 4);
  for (let place = 0; place * channels < pixels.length; place += 1) {
    for (let colour = 0; colour < 3; colour += 1) found[4 * place + colour] = pixels[place * channels + (channels === 1 ? 0 : colour)] ?? 0;
    found[4 * place + 3] = 255;
  }
  return found;
}
