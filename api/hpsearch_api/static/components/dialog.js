import { useEffect, useId, useRef } from "preact/hooks";

import { html } from "../html.js";
import { Button } from "./button.js";

/**
 * A dialog over the page: it keeps the focus, closes on Escape, and gives the focus back.
 * @param {{title: string, onClose: () => void, wide?: boolean, children?: any, footer?: any}} props
 */
export function Dialog({ title, onClose, wide = false, children, footer }) {
  const id = useId();
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = document.activeElement;
    const dialog = ref.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  /** @param {Event} event */
  function onCancel(event) {
    event.preventDefault();
    onClose();
  }
  return html`<dialog ref=${ref} class=${wide ? "dialog dialog-wide" : "dialog"} aria-labelledby=${id} onCancel=${onCancel}>
    <header class="dialog-head">
      <h2 id=${id}>${title}</h2>
      <${Button} kind="quiet" icon="close" aria-label="Close" onClick=${onClose} />
    </header>
    <div class="dialog-body">${children}</div>
    ${footer && html`<footer class="dialog-foot">${footer}</footer>`}
  </dialog>`;
}
