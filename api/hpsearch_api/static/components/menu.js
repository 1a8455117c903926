import { useEffect, useId, useRef, useState } from "preact/hooks";

import { html } from "../html.js";
import { Icon } from "../icons.js";

/** @typedef {{label: string, act: () => void, danger?: boolean}} Choice */

/**
 * A button that opens a list of actions: arrows move, Enter acts, Escape closes.
 * @param {{label: string, choices: Choice[], children?: any}} props
 */
export function Menu({ label, choices, children }) {
  const id = useId();
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [open, setOpen] = useState(false);

  useEffect(() => {
    const menu = list.current;
    const opener = button.current;
    if (!open || menu === null || opener === null) return undefined;
    menu.showPopover();
    const at = opener.getBoundingClientRect();
    const below = at.bottom + menu.offsetHeight + 8 < innerHeight;
    menu.style.top = `${below ? at.bottom + 4 : at.top - menu.offsetHeight - 4}px`;
    menu.style.left = `${Math.max(8, at.right - menu.offsetWidth)}px`;
    items(menu)[0]?.focus();
    /** @param {Event} event */
    const onOutside = (event) => {
      const target = event.target instanceof Node ? event.target : null;
      if (!menu.contains(target) && !opener.contains(target)) setOpen(false);
    };
    const onScroll = () => setOpen(false);
    document.addEventListener("pointerdown", onOutside);
    addEventListener("scroll", onScroll, true);
    return () => {
      document.removeEventListener("pointerdown", onOutside);
      removeEventListener("scroll", onScroll, true);
    };
  }, [open]);

  function close() {
    setOpen(false);
    button.current?.focus();
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const found = list.current === null ? [] : items(list.current);
    const here = found.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const moves = { ArrowDown: here + 1, ArrowUp: here - 1 + found.length, Home: 0, End: found.length - 1 };
    if (event.key in moves) {
      event.preventDefault();
      found[moves[/** @type {keyof typeof moves} */ (event.key)] % found.length]?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    }
  }

  return html`<span class="menu">
    <button
      ref=${button}
      type="button"
      class=${children ? "button button-plain" : "button button-quiet"}
      aria-label=${children ? undefined : label}
      aria-haspopup="menu"
      aria-expanded=${open ? "true" : "false"}
      aria-controls=${open ? id : undefined}
      onClick=${() => setOpen(!open)}
    >
      ${children ?? html`<${Icon} name="more" />`}
    </button>
    ${open &&
    html`<div ref=${list} id=${id} popover="manual" class="menu-list" role="menu" aria-label=${label} onKeyDown=${onKeyDown}>
      ${choices.map(
        (choice) =>
          html`<button
            key=${choice.label}
            type="button"
            role="menuitem"
            tabindex="-1"
            class=${choice.danger ? "menu-item danger" : "menu-item"}
            onClick=${() => {
              close();
              choice.act();
            }}
          >
            ${choice.label}
          </button>`,
      )}
    </div>`}
  </span>`;
}

/**
 * @param {HTMLElement} menu
 * @returns {HTMLElement[]}
 */
function items(menu) {
  return [...menu.querySelectorAll("[role=menuitem]")].filter((item) => item instanceof HTMLElement);
}
