import { recorded } from "./recorded.js";
import { Store, useStore } from "./store.js";

/** @typedef {{page: string, params: Record<string, string>, query: URLSearchParams, path: string}} Place */

/** What the server answers the dashboard for. @type {[string, RegExp][]} */
const PAGES = [
  ["studies", /^\/$/],
  ["trial", /^\/studies\/(?<study>[^/]+)\/trials\/(?<number>\d+)$/],
  ["study", /^\/studies\/(?<study>[^/]+)$/],
  ["workers", /^\/workers$/],
  ["compare", /^\/compare$/],
];

/**
 * The place of an address; page "nowhere" where there is none.
 * @param {{pathname: string, search: string}} address
 * @returns {Place}
 */
export function placeOf({ pathname, search }) {
  const query = new URLSearchParams(search);
  if (recorded !== null) return { page: "study", params: { study: recorded.study }, query, path: pathname };
  for (const [page, pattern] of PAGES) {
    const found = pattern.exec(pathname);
    if (found === null) continue;
    const given = Object.entries(found.groups ?? {});
    return { page, params: Object.fromEntries(given.map(([name, text]) => [name, decoded(text)])), query, path: pathname };
  }
  return { page: "nowhere", params: {}, query, path: pathname };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where the reader is. */
export const place = new Store(placeOf(location));

/**
 * Goes to another page of the dashboard.
 * @param {string} path
 */
export function go(path) {
  if (recorded !== null) return location.assign(path);
  history.pushState(null, "", path);
  place.set(placeOf(location));
  scrollTo(0, 0);
}

/**
 * Keeps what is shown in the address, so that a link shows what its sender saw. Empty values are left out.
 * @param {Record<string, string | string[] | null>} values a list is kept as several of one name
 */
export function keep(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, texts] of Object.entries(values)) {
    query.delete(name);
    for (const text of [texts].flat()) if (text !== null && text !== "") query.append(name, text);
  }
  const search = query.size > 0 ? `?${query}` : "";
  history.replaceState(null, "", location.pathname + search);
  place.set(placeOf(location));
}

/**
 * A choice of the reader that the address keeps, unless it is the usual one.
 * @param {string} name
 * @param {string} usual
 * @returns {[string, (next: string) => void]}
 */
export function useOption(name, usual) {
  const { query } = useStore(place);
  return [query.get(name) ?? usual, (next) => keep({ [name]: next === usual ? null : next })];
}

/** Makes links between pages stay within the document, and the browser's buttons work. */
export function start() {
  addEventListener("popstate", () => place.set(placeOf(location)));
  document.addEventListener("click", (event) => {
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!plain || event.defaultPrevented || link === null || link.target || link.hasAttribute("download")) return;
    if (recorded !== null || link.origin !== location.origin || placeOf(link).page === "nowhere") return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/** The address of the server; of a report that which it came from. */
export const server = recorded?.address ?? location.origin;

/**
 * The path of a study's page; from a report it is that on the server.
 * @param {string} study
 */
export const studyPath = (study) => `${recorded?.address ?? ""}/studies/${encodeURIComponent(study)}`;

/**
 * The path of a trial's page.
 * @param {string} study
 * @param {number} trial
 */
export const trialPath = (study, trial) => `${studyPath(study)}/trials/${trial}`;
