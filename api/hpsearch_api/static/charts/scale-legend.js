import { html } from "../html.js";
import { ramp, useColours } from "./colours.js";

/** Colours of the strip that shows the scale. */
const COLOURS = 12;

/**
 * What the colours of the sequential scale mean: numbers at equal distances, the last one where colours stand out most.
 * @param {{label: string, numbers: string[], from?: string, to?: string}} props `from` and `to`: what the ends mean
 */
export function ScaleLegend({ label, numbers, from, to }) {
  const shade = ramp(useColours());
  const colours = Array.from({ length: COLOURS }, (_, place) => shade(place / (COLOURS - 1)));
  return html`<dl class="scale-legend">
    <dt>${label}</dt>
    <dd>
      <div class="scale-strip" style=${{ backgroundImage: `linear-gradient(to right, ${colours.join(", ")})` }}></div>
      <div class="scale-numbers">
        ${numbers.map((text, place) => html`<span key=${place}>${text}${place === 0 && from ? ` (${from})` : place === numbers.length - 1 && to ? ` (${to})` : ""}</span>`)}
      </div>
    </dd>
  </dl>`;
}
