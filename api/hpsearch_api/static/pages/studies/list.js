/** How many studies a page has. */
const PAGE = 50;

/** The order without another choice: the newest first. */
export const NEWEST = "-created_at";

/** What the server sorts by, of what the columns show. */
const SORTS = ["name", "state", "done", "best_value", "created_at"];

/** How long nobody types before the server is asked. */
export const TYPED_MS = 300;

/** Characters of a search; the server takes no more. */
export const LONGEST_SEARCH = 200;

/**
 * Which studies are wanted, in which order.
 * @typedef {{text: string, tags: string[], state: string, sort: string}} Wanted
 */

/**
 * What an address asks for; what it cannot ask for is left out.
 * @param {URLSearchParams} query
 * @returns {Wanted}
 */
export function wantedOf(query) {
  const sort = query.get("sort") ?? NEWEST;
  const state = query.get("state") ?? "";
  return {
    text: (query.get("q") ?? "").slice(0, LONGEST_SEARCH),
    tags: [...new Set(query.getAll("tag"))],
    state: ["active", "paused", "finished"].includes(state) ? state : "",
    sort: SORTS.includes(sort.replace(/^-/, "")) ? sort : NEWEST,
  };
}

/**
 * The query for a page of them.
 * @param {Wanted} wanted
 * @param {string} [cursor]
 */
export function searchOf({ text, tags, state, sort }, cursor) {
  const query = new URLSearchParams({ limit: String(PAGE), sort });
  if (text.trim() !== "") query.append("search", text.trim());
  for (const tag of tags) query.append("tag", tag);
  if (state !== "") query.append("state", state);
  if (cursor !== undefined) query.append("cursor", cursor);
  return query.toString();
}

/**
 * The address of the studies that have a tag, besides what `query` asks for.
 * @param {string} tag
 * @param {URLSearchParams} [query]
 */
export function tagPath(tag, query) {
  const found = new URLSearchParams(query);
  if (!found.getAll("tag").includes(tag)) found.append("tag", tag);
  return `/?${found}`;
}
