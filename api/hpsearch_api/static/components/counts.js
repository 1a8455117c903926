import { count } from "../format.js";
import { html } from "../html.js";

/** @import { Counts, TrialState } from "../wire.js" */

/** Final states first, in the order of a bar. @type {TrialState[]} */
export const STATES = ["completed", "pruned", "failed", "cancelled", "running", "paused", "queued"];

/**
 * The trials by state in words: "14 completed, 4 running".
 * @param {Counts} counts
 */
export function inWords(counts) {
  const said = STATES.filter((state) => counts[state] > 0).map((state) => `${count(counts[state])} ${state}`);
  return said.length > 0 ? said.join(", ") : "no trials yet";
}

/**
 * A bar of the trials by state. `total` is its full length; what is missing to it has not been tried.
 * @param {{counts: Counts, total: number}} props
 */
export function CountsBar({ counts, total }) {
  const all = STATES.reduce((sum, state) => sum + counts[state], 0);
  const length = Math.max(total, all, 1);
  return html`<div class="bar" role="img" aria-label=${inWords(counts)}>
    ${STATES.map((state) => {
      if (counts[state] === 0) return null;
      return html`<span
        key=${state}
        class="bar-part state-${state}"
        style=${{ width: `${(100 * counts[state]) / length}%` }}
      ></span>`;
    })}
  </div>`;
}

/**
 * The same as a list, each state with its mark.
 * @param {{counts: Counts}} props
 */
export function CountsList({ counts }) {
  const shown = STATES.filter((state) => counts[state] > 0);
  if (shown.length === 0) return html`<p class="muted small">No trials yet</p>`;
  return html`<ul class="counts" aria-label="Trials by state">
    ${shown.map(
      (state) =>
        html`<li key=${state} class="state-${state}">
          <span class="dot" aria-hidden="true"></span>${count(counts[state])} ${state}
        </li>`,
    )}
  </ul>`;
}
