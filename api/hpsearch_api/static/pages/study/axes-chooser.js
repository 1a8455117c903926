import { useState } from "preact/hooks";

import { Button } from "../../components/button.js";
import { Check, Field } from "../../components/field.js";
import { many } from "../../format.js";
import { html } from "../../html.js";

/** So many are listed at once; a search finds the others. */
const LISTED = 60;

/**
 * Which columns are axes.
 * @param {{columns: [string, string][], chosen: string[], onChoose: (column: string, isIn: boolean) => void, onUsual: (() => void) | null}} props
 *   `columns` by name and label; `onUsual`: back to the axes that are usual, null where they are shown
 */
export function AxesChooser({ columns, chosen, onChoose, onUsual }) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  const found = columns.filter(([, label]) => label.toLowerCase().includes(text.trim().toLowerCase()));
  return html`<details class="disclosure" onToggle=${(/** @type {Event & {currentTarget: HTMLDetailsElement}} */ event) => setOpen(event.currentTarget.open)}>
    <summary>Axes</summary>
    ${isOpen &&
    html`<div class="stack axes-chooser">
      <div class="filters">
        ${columns.length > 12 && html`<${Field} label="Find" value=${text} onInput=${setText} narrow />`}
        ${onUsual !== null && html`<${Button} onClick=${onUsual}>Usual axes<//>`}
      </div>
      <div class="chooser" role="group" aria-label="Axes that are shown">
        ${found
          .slice(0, LISTED)
          .map(
            ([column, label]) =>
              html`<${Check} key=${column} label=${label} checked=${chosen.includes(column)} onInput=${(/** @type {boolean} */ isIn) => onChoose(column, isIn)} />`,
          )}
      </div>
      ${found.length > LISTED && html`<p class="muted small">The first ${LISTED} of ${many(found.length, "column")}.</p>`}
    </div>`}
  </details>`;
}
