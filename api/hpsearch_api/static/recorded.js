/**
 * A report: one study, with the answers of its server as they were `at` a time.
 * @typedef {{study: string, address: string, at: string, answers: Record<string, any>, columns: any[] | null}} Recorded
 */

const text = document.getElementById("recorded")?.textContent ?? null;

/** What this document shows where it is a report; null where a server answers. @type {Recorded | null} */
export const recorded = text === null ? null : JSON.parse(text);

/**
 * What the server answered at a path then; undefined where the report does not have it.
 * @param {Recorded} report
 * @param {string} path below the base path
 * @returns {any}
 */
export function answered(report, path) {
  const [place = "", query = ""] = path.split("?");
  const names = new URLSearchParams(query);
  names.sort();
  return report.answers[names.size > 0 ? `${place}?${names}` : place];
}
