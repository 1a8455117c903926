import { count, number, percent } from "../../format.js";
import { html } from "../../html.js";
import { hostsOf } from "./hosts.js";

/** @import { WorkerView } from "../../wire.js" */

/**
 * The workers in a line of figures. What those told that are silent is not counted.
 * @param {{workers: WorkerView[]}} props
 */
export function Summary({ workers }) {
  const heard = workers.filter(({ is_silent: silent }) => !silent);
  const lanes = sum(heard, (told) => told.lanes);
  const failing = hostsOf(workers).filter(({ suspicion }) => suspicion !== null).length;
  // Each worker's share counts by its lanes.
  const weighed = heard.filter(({ told }) => told.occupancy !== null && told.lanes !== null);
  const occupancy = sum(weighed, (told) => (told.occupancy ?? 0) * (told.lanes ?? 0)) / sum(weighed, (told) => told.lanes);
  const figures = [
    ["Workers", count(heard.length)],
    ["Silent", warned(workers.length - heard.length)],
    ["Lanes busy", lanes === 0 ? "—" : `${count(sum(heard, (told) => told.busy))} of ${count(lanes)}`],
    ["Occupancy", Number.isFinite(occupancy) ? percent(occupancy) : "—"],
    ["Trials/min", number(Number(sum(heard, (told) => told.trials_per_minute).toPrecision(3)))],
    ["Failing hosts", warned(failing)],
  ];
  return html`<dl class="figures figures-line">
    ${figures.map(([label, shown]) => html`<div key=${label}><dt>${label}</dt><dd>${shown}</dd></div>`)}
  </dl>`;
}

/**
 * A number that should be 0.
 * @param {number} found
 */
const warned = (found) => html`<span class=${found > 0 ? "warned" : ""}>${count(found)}</span>`;

/**
 * @param {WorkerView[]} workers
 * @param {(told: WorkerView["told"]) => number | null} of
 */
const sum = (workers, of) => workers.reduce((total, { told }) => total + (of(told) ?? 0), 0);
