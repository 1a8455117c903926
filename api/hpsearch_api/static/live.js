import { recorded } from "./recorded.js";
import { Store } from "./store.js";

/** @import { StudyChange } from "./wire.js" */

/** Between two looks where the server sends no events. */
const POLL_MS = 2000;
/** Between two looks at events. */
const GATHER_MS = 400;
/** A look that takes long is followed by so many times as long a rest, */
const REST = 4;
/** and by no longer one than this, so that what has changed is seen. */
const MOST_REST_MS = 2000;

/** Whether the server answers; since when not. @type {Store<{online: boolean, since: number}>} */
export const connection = new Store({ online: true, since: Date.now() });

/**
 * Notes that the server has answered, or has not.
 * @param {boolean} online
 */
export function noteConnection(online) {
  if (connection.value.online !== online) connection.set({ online, since: Date.now() });
}

/**
 * Makes calls that never overlap: those during a call lead to one more after it.
 * @param {() => Promise<void>} act must not raise
 * @returns {() => Promise<void>}
 */
export function serial(act) {
  let busy = false;
  let again = false;
  return async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      await act();
    }
    busy = false;
  };
}

/**
 * What follows a stream: gets each change, and null where changes may have been missed.
 * @typedef {(change: StudyChange | null) => void} Reader
 */

/** The open streams by their paths: a browser opens six connections to a server, and a page has more parts than that. @type {Map<string, Stream>} */
const streams = new Map();

/** Paths of events that this server does not have. @type {Set<string>} */
const without = new Set();

/** One stream of events for all who read it; it ends with the last of them. */
class Stream {
  /** @param {string} path */
  constructor(path) {
    this.path = path;
    /** @type {Set<Reader>} */
    this.readers = new Set();
    /** @type {EventSource | null} */
    this.source = null;
    if (!without.has(path)) this.open();
  }

  /** Whether changes come by themselves. */
  get flows() {
    return this.source?.readyState === EventSource.OPEN;
  }

  open() {
    const source = new EventSource(this.path);
    let opened = false;
    this.source = source;
    source.addEventListener("open", () => {
      opened = true;
      this.tell(null); // what happened between the last look and this stream
    });
    source.addEventListener("change", (event) => this.tell(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) {
        if (!opened) without.add(this.path);
        this.source = null;
      }
      this.tell(null); // they poll until the browser has it open again
    });
  }

  /** @param {StudyChange | null} change */
  tell(change) {
    for (const reader of [...this.readers]) reader(change);
  }

  /** @param {Reader} reader */
  leave(reader) {
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    this.source?.close();
    streams.delete(this.path);
  }
}

/**
 * Calls `look` at once and whenever something has changed: at the server's events, and where it sends none every 2 s, while the page is visible.
 * One call at a time and with a rest after each; what changes meanwhile leads to another. A change that `apply` takes in leads to none.
 * @param {string} path of the events
 * @param {() => Promise<void>} look must not raise
 * @param {(change: StudyChange) => boolean} [apply] whether the change alone was enough
 * @returns {() => void} ends it
 */
export function watch(path, look, apply) {
  if (recorded !== null) {
    look(); // once: nothing changes in a report
    return () => undefined;
  }
  let over = false;
  let busy = false;
  let due = false;
  let rested = 0;
  /** @type {number | undefined} */
  let timer;
  const stream = streams.get(path) ?? new Stream(path);
  streams.set(path, stream);

  async function go() {
    clearTimeout(timer);
    due = false;
    busy = true;
    const begun = performance.now();
    await look();
    busy = false;
    const took = performance.now() - begun;
    rested = performance.now() + Math.min(MOST_REST_MS, Math.max(GATHER_MS, REST * took));
    if (due) soon();
    else if (!over && !stream.flows && !document.hidden) timer = window.setTimeout(go, Math.max(POLL_MS, REST * took));
  }

  function soon() {
    due = true;
    if (busy || over || document.hidden) return;
    clearTimeout(timer);
    timer = window.setTimeout(go, Math.max(0, rested - performance.now()));
  }

  /** @type {Reader} */
  const reader = (change) => {
    // What a look that is on its way will bring may be older than the change.
    if (change === null || busy || due || !apply?.(change)) soon();
  };

  function onVisible() {
    if (document.hidden) clearTimeout(timer);
    else if (due || !stream.flows) soon();
  }

  stream.readers.add(reader);
  document.addEventListener("visibilitychange", onVisible);
  go();
  return () => {
    over = true;
    clearTimeout(timer);
    stream.leave(reader);
    document.removeEventListener("visibilitychange", onVisible);
  };
}
