/**
 * The text of a study file as a document: YAML 1.2, of which JSON is a part. Raises Error that says where it is malformed.
 * @param {string} text
 * @returns {Promise<unknown>}
 */
export async function read(text) {
  const { load } = await import("js-yaml");
  return load(text);
}

/**
 * A document as a study file.
 * @param {Record<string, any>} study
 * @returns {Promise<string>}
 */
export async function written(study) {
  const { dump } = await import("js-yaml");
  return dump(essence(study), { lineWidth: 120, flowLevel: 2 });
}

/**
 * A study without what is null or empty, but in the settings, where it may mean something.
 * @param {Record<string, any>} study
 * @returns {Record<string, any>}
 */
export function essence({ settings, ...rest }) {
  return { ...trimmed(rest), ...(isEmpty(settings ?? {}) ? {} : { settings }) };
}

/**
 * Numbers and booleans that a text holds as they are, so that JSON need not be read and written again: 1.0 stays what it is.
 * @param {string} text
 */
export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {any} value
 * @returns {any}
 */
function trimmed(value) {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  // The value of a constant may be null.
  const kept = Object.entries(value).filter(([name, item]) => name === "value" || (item !== null && item !== ""));
  const found = kept.map(([name, item]) => /** @type {const} */ ([name, trimmed(item)]));
  return Object.fromEntries(found.filter(([, item]) => !isEmpty(item)));
}

/** @param {unknown} value */
function isEmpty(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
