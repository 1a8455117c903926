import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { html } from "../html.js";
import { Icon } from "../icons.js";

/**
 * A button that opens a small window beside it; a click elsewhere or Escape closes it, and gives the focus back.
 * @param {{label: any, title: string, icon?: any, onOpen?: () => void, children?: any}} props `title` is the window's name
 */
export function Popup({ label, title, icon, onOpen, children }) {
  const id = useId();
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const popup = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [open, setOpen] = useState(false);

  useLayoutEffect(() => {
    const [element, opener] = [popup.current, button.current];
    if (!open || element === null || opener === null) return;
    const at = opener.getBoundingClientRect();
    const below = at.bottom + element.offsetHeight + 8 < innerHeight || at.top < element.offsetHeight;
    element.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - element.offsetHeight - 4)}px`;
    element.style.left = `${Math.max(8, Math.min(at.left, innerWidth - element.offsetWidth - 8))}px`;
    const first = element.querySelector("input, button");
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  }, [open]);

  /** @param {Event} event */
  function onToggle(event) {
    const opens = /** @type {ToggleEvent} */ (event).newState === "open";
    setOpen(opens);
    if (opens) onOpen?.();
  }

  return html`<button ref=${button} type="button" class="button button-plain" popovertarget=${id} aria-haspopup="dialog" aria-expanded=${open ? "true" : "false"}>
      ${icon && html`<${Icon} name=${icon} />`}${label}
    </button>
    <div ref=${popup} id=${id} popover="auto" class="popup" role="dialog" aria-label=${title} onToggle=${onToggle}>${open && children}</div>`;
}
