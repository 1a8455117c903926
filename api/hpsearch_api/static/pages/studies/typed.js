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
