/** @import { Problem } from "./wire.js" */

import { answered, recorded } from "./recorded.js";

const BASE = "/api/v1";

/** What the server refused, in its words. */
export class Refused extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    /** What is wrong with each field, by its path. */
    this.fields = problem.fields ?? [];
  }
}

/** No answer came: the server is gone, or the network. */
export class Unreachable extends Error {
  constructor() {
    super("The server does not answer.");
  }
}

/**
 * The answer to a GET below the base path.
 * @template T
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function get(path, signal) {
  return (await send("GET", path, undefined, signal)).body;
}

/**
 * One request: status and body of its success. Raises Refused and Unreachable, and an AbortError when `signal` says so.
 * A session that is over leads to the sign-in.
 * @param {string} method
 * @param {string} path below the base path
 * @param {unknown} [body] sent as JSON; text is sent as it is
 * @param {AbortSignal} [signal]
 * @returns {Promise<{status: number, body: any}>}
 */
export async function send(method, path, body, signal) {
  if (recorded !== null) return { status: 200, body: remembered(answered(recorded, path)) };
  const response = await answer(method, path, body, signal);
  return { status: response.status, body: response.status === 204 ? null : await response.json() };
}

/**
 * The documents of an answer that has one a line, each as it arrives. Raises as `send` does, Unreachable also where the answer breaks off.
 * @param {string} path below the base path
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<any>}
 */
export async function* lines(path, signal) {
  if (recorded !== null) return yield* remembered(recorded.columns);
  const response = await answer("GET", path, undefined, signal);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (reader !== undefined) {
    const { done, value } = await reachable(() => reader.read());
    if (done) return;
    const found = (rest + value).split("\n");
    rest = found.pop() ?? "";
    for (const line of found) yield JSON.parse(line);
  }
}

/**
 * What a report has; raises Refused where it does not.
 * @template T
 * @param {T | null | undefined} found
 * @returns {T}
 */
function remembered(found) {
  if (found !== null && found !== undefined) return found;
  const detail = "The study's page on its server shows it.";
  throw new Refused({ type: "about:blank", title: "This is not in the report.", status: 404, code: "not_recorded", detail, fields: [] });
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal | undefined} signal
 */
async function answer(method, path, body, signal) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-Hpsearch"] = "1"; // what a session changes something with
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const response = await reachable(() => fetch(BASE + path, { method, headers, body: text ?? null, signal: signal ?? null }));
  if (response.ok) return response;
  if (response.status === 401) location.assign("/login");
  throw await refusal(response);
}

/**
 * @template T
 * @param {() => Promise<T>} read
 * @returns {Promise<T>}
 */
async function reachable(read) {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable();
  }
}

/** @param {Response} response */
async function refusal(response) {
  try {
    return new Refused(await response.json());
  } catch {
    // A proxy's page, in the place of the server's answer.
    const gone = response.status === 502 || response.status === 503 || response.status === 504;
    if (gone) return new Unreachable();
    const title = `The server answered ${response.status}.`;
    return new Refused({ type: "about:blank", title, status: response.status, code: "error", detail: "", fields: [] });
  }
}

/**
 * All items of a list, page after page.
 * @template T
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<T[]>}
 */
export async function all(path, signal) {
  /** @type {T[]} */
  const items = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: "1000", ...(cursor === null ? {} : { cursor }) });
    /** @type {{items: T[], next_cursor: string | null}} */
    const page = await get(`${path}?${query}`, signal);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}
