import { useState } from "preact/hooks";

import { html } from "../html.js";
import { Button } from "./button.js";
import { Dialog } from "./dialog.js";
import { Field } from "./field.js";

/**
 * Asks before something that cannot be taken back; with `typed`, a second time, for that text to be typed.
 * `act` may raise: the dialog then stays and says why.
 * @param {{title: string, verb: string, typed?: string, act: () => Promise<void>, onClose: () => void, children?: any}} props
 */
export function Confirm({ title, verb, typed, act, onClose, children }) {
  const [asked, setAsked] = useState(false);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const second = typed !== undefined && asked;

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    if (typed !== undefined && !asked) {
      setAsked(true);
      return;
    }
    if (second && text !== typed) {
      setError(`Type ${typed} to go on.`);
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
      setBusy(false);
    }
  }

  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${submit} class="stack">
      ${children}
      ${second &&
      html`<${Field}
        label=${`Type ${typed} to confirm`}
        value=${text}
        onInput=${setText}
        error=${error ?? undefined}
        autofocus
        autocomplete="off"
      />`}
      ${error !== null && !second && html`<p class="problem" role="alert">${error}</p>`}
      <div class="dialog-buttons">
        <${Button} onClick=${onClose}>Keep it<//>
        <${Button} kind="danger" type="submit" busy=${busy}>${typed !== undefined && !asked ? `${verb}…` : verb}<//>
      </div>
    </form>
  <//>`;
}
