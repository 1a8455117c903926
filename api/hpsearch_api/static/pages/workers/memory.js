import { bytes, percent } from "../../format.js";
import { html } from "../../html.js";

/** @import { WorkerStatus } from "../../wire.js" */

/**
 * The memory and the use of each GPU, and the worker's own memory.
 * @param {{told: WorkerStatus}} props
 */
export function Memory({ told }) {
  const { device_memory: devices, memory_bytes: own } = told;
  if (devices.length === 0 && own === null) return html`<span class="muted">—</span>`;
  return html`${devices.map(
      ({ used_bytes: used, total_bytes: total, utilisation_percent: use }, place) =>
        html`<div key=${place} class="gpu">
          <span class="small nowrap">${bytes(used)} of ${bytes(total)}</span>
          ${use !== null && html`<span class="small muted nowrap">${percent(use / 100)} in use</span>`}
          <meter min="0" max=${Math.max(total, 1)} value=${Math.min(used, total)} aria-label=${`Memory of GPU ${place}`}></meter>
        </div>`,
    )}
    ${own !== null && html`<span class="small muted nowrap" title="Resident memory of the worker and its training processes">${bytes(own)} of main memory</span>`}`;
}
