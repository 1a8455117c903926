import { Store } from "./store.js";

/** Between two looks where the server sends no events. */
const POLL_MS = 2000;
/** A look that takes long is followed by so many times as long a rest. */
const REST = 4;

/** Whether the server answers; since when not. @type {Store<{online: boolean, since: number}>} */
export const connection = new Store({ online: true, since: Date.now() });

/**
 * Notes that the server has answered, or has not.
 * @param {boolean} online
 */
export function noteConnection(online) {
  if (connection.value.online !== online) connection.set({ online, since: Date.now() });
}

/** Paths of events that this server does not have. @type {Set<string>} */
const without = new Set();

/**
 * Calls `changed` whenever something has changed: at the server's events, and where it sends none every 2 s while the page is visible.
 * One call at a time; what changes during one leads to another.
 * @param {string} path of the events
 * @param {() => Promise<void>} changed must not raise
 * @returns {() => void} ends it
 */
export function watch(path, changed) {
  let over = false;
  let busy = false;
  let again = false;
  /** @type {number | undefined} */
  let timer;
  /** @type {EventSource | undefined} */
  let source;

  const polls = () => source === undefined || source.readyState !== EventSource.OPEN;

  async function look() {
    clearTimeout(timer);
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    const begun = performance.now();
    do {
      again = false;
      await changed();
    } while (again && !over);
    busy = false;
    const rest = Math.max(POLL_MS, REST * (performance.now() - begun));
    if (!over && polls() && !document.hidden) timer = window.setTimeout(look, rest);
  }

  function onVisible() {
    if (!document.hidden) look();
    else if (polls()) clearTimeout(timer);
  }

  function open() {
    if (without.has(path)) return;
    let opened = false;
    source = new EventSource(path);
    source.addEventListener("open", () => {
      opened = true;
      look(); // what happened between the last look and this stream
    });
    source.addEventListener("change", look);
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) {
        if (!opened) without.add(path);
        source = undefined;
      }
      if (!over) look(); // until the browser has it open again
    });
  }

  document.addEventListener("visibilitychange", onVisible);
  open();
  look();
  return () => {
    over = true;
    clearTimeout(timer);
    source?.close();
    document.removeEventListener("visibilitychange", onVisible);
  };
}
