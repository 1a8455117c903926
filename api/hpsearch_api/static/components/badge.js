import { html } from "../html.js";

/** What a reason means, in words. @type {Record<string, string>} */
export const REASONS = {
  user: "by a user",
  max_trials: "all trials of the budget are over",
  grid_exhausted: "every point of the grid was tried",
  target_value: "the target value was reached",
  max_seconds: "the seconds of the budget are spent",
  invalid_settings: "its settings are invalid",
  failures: "too many trials failed",
};

/**
 * The state of a study or a trial, in words beside its colour.
 * @param {{state: string, reason?: string | null}} props
 */
export function Badge({ state, reason }) {
  const why = reason ? (REASONS[reason] ?? reason) : undefined;
  return html`<span class="badge state-${state}" title=${why}><span class="dot" aria-hidden="true"></span>${state}</span>`;
}
