import { html } from "../html.js";

/**
 * A small list to choose from, as the heads of panels have it.
 * @param {{label: string, value: string, choices: [string, string][], onChoose: (value: string) => void}} props `choices` by value and what is shown
 */
export function Choice({ label, value, choices, onChoose }) {
  /** @param {Event & {currentTarget: HTMLSelectElement}} event */
  const onChange = (event) => onChoose(event.currentTarget.value);
  return html`<label class="choice">
    <span>${label}</span>
    <select value=${value} onChange=${onChange}>
      ${choices.map(([name, shown]) => html`<option key=${name} value=${name}>${shown}</option>`)}
    </select>
  </label>`;
}
