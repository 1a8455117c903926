import { html } from "../html.js";
import { useOption } from "../router.js";

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

/**
 * One of a few choices, which the address keeps: its value, and what to choose it with. It is the usual one where the address has none of them.
 * @param {string} name in the address
 * @param {string} label
 * @param {[string, string][]} choices
 * @param {string} [usual] otherwise the first one
 * @returns {[string, any]}
 */
export function useChoice(name, label, choices, usual = choices[0]?.[0] ?? "") {
  const [asked, choose] = useOption(name, usual);
  const value = choices.some(([choice]) => choice === asked) ? asked : usual;
  return [value, html`<${Choice} label=${label} value=${value} choices=${choices} onChoose=${choose} />`];
}
