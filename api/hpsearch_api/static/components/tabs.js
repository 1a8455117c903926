import { useId, useRef } from "preact/hooks";

import { html } from "../html.js";

/** @typedef {{name: string, label: string, content: () => any}} Tab */

/**
 * Tabs; the arrows move between them. Only the chosen one is drawn.
 * @param {{label: string, tabs: Tab[], chosen: string, onChoose: (name: string) => void}} props
 */
export function Tabs({ label, tabs, chosen, onChoose }) {
  const id = useId();
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  const here = Math.max(
    0,
    tabs.findIndex((tab) => tab.name === chosen),
  );

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const moves = { ArrowRight: here + 1, ArrowLeft: here - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const next = moves[/** @type {keyof typeof moves} */ (event.key)] % tabs.length;
    onChoose(tabs[next]?.name ?? chosen);
    const button = list.current?.children[next];
    if (button instanceof HTMLElement) button.focus();
  }

  return html`<div class="tabs">
    <div ref=${list} class="tab-list" role="tablist" aria-label=${label} onKeyDown=${onKeyDown}>
      ${tabs.map(
        (tab, place) =>
          html`<button
            key=${tab.name}
            type="button"
            role="tab"
            id="${id}-${tab.name}"
            class="tab"
            aria-selected=${place === here ? "true" : "false"}
            aria-controls="${id}-panel"
            tabindex=${place === here ? 0 : -1}
            onClick=${() => onChoose(tab.name)}
          >
            ${tab.label}
          </button>`,
      )}
    </div>
    <div id="${id}-panel" role="tabpanel" aria-labelledby="${id}-${tabs[here]?.name}" class="tab-panel">
      ${tabs[here]?.content()}
    </div>
  </div>`;
}
