import { html } from "../html.js";

/**
 * What the colours of a chart mean. `colour` is a variable of the style sheet or a colour; `kind` how it is drawn there.
 * @typedef {{label: any, colour: string, kind?: "line" | "area" | "hatched" | "notched"}} Key
 */

/** @param {{keys: Key[], label?: string}} props `label` tells what it is a list of */
export function Legend({ keys, label }) {
  return html`<ul class="legend" aria-label=${label}>
    ${keys.map(
      ({ label, colour, kind = "area" }, place) =>
        html`<li key=${place}><span class=${`legend-mark legend-${kind}`} style=${{ color: colour.startsWith("--") ? `var(${colour})` : colour }} aria-hidden="true"></span>${label}</li>`,
    )}
  </ul>`;
}
