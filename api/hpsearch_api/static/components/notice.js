import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { Store, useStore } from "../store.js";
import { Button } from "./button.js";

/** How long good news stay. */
const SHOWN_MS = 8000;
const MOST = 4;

/** @typedef {{id: number, kind: "done" | "problem", text: string}} Note */

/** What was said last. @type {Store<Note[]>} */
const notes = new Store(/** @type {Note[]} */ ([]));
let last = 0;

/**
 * Says something above the page: what was done goes by itself, a problem stays until it is closed.
 * @param {"done" | "problem"} kind
 * @param {string} text
 */
export function say(kind, text) {
  last += 1;
  notes.set([...notes.value, { id: last, kind, text }].slice(-MOST));
}

/** @param {number} id */
function drop(id) {
  notes.set(notes.value.filter((note) => note.id !== id));
}

/** Where it is said; screen readers hear it. */
export function Notices() {
  const shown = useStore(notes);
  return html`<div class="notices" role="status" aria-live="polite">
    ${shown.map((note) => html`<${Notice} key=${note.id} note=${note} />`)}
  </div>`;
}

/** @param {{note: Note}} props */
function Notice({ note }) {
  useEffect(() => {
    if (note.kind === "problem") return undefined;
    const timer = setTimeout(() => drop(note.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return html`<div class="notice notice-${note.kind}">
    <p>${note.text}</p>
    <${Button} kind="quiet" icon="close" aria-label="Dismiss" onClick=${() => drop(note.id)} />
  </div>`;
}
