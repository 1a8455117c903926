/**
 * What somebody typed where a number belongs: the number, or the text itself, of which the server says what is wrong.
 * @param {string} text
 * @returns {number | string}
 */
export function typedNumber(text) {
  const trimmed = text.trim();
  return trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

/**
 * The values between commas; a string that holds a comma is written as in JSON.
 * @param {string} text
 * @returns {unknown[]}
 */
export function typedValues(text) {
  const found = text.match(/\s*"(?:[^"\\]|\\.)*"\s*(?=,|$)|[^,]+/g) ?? [];
  return found.filter((one) => one.trim() !== "").map(typedValue);
}

/**
 * A value so that `typedValue` and `typedValues` read it again.
 * @param {unknown} value
 */
export function written(value) {
  const [first, ...others] = typeof value === "string" ? typedValues(value) : [];
  return typeof value === "string" && first === value && others.length === 0 ? value : JSON.stringify(value);
}

/**
 * A value of a categorical parameter as typed: JSON where it is JSON, else a string.
 * @param {string} text
 * @returns {unknown}
 */
export function typedValue(text) {
  const trimmed = text.trim();
  try {
    const found = JSON.parse(trimmed);
    return typeof found === "object" && found !== null ? trimmed : found;
  } catch {
    return trimmed;
  }
}
