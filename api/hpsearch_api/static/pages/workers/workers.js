import { useMemo } from "preact/hooks";

import { all } from "../../api.js";
import { useEvery } from "../../clock.js";
import { Button } from "../../components/button.js";
import { Empty, Loaded } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { many } from "../../format.js";
import { html } from "../../html.js";
import { serial } from "../../live.js";
import { keep, place } from "../../router.js";
import { useResource } from "../../resource.js";
import { useStore } from "../../store.js";
import { columns } from "./columns.js";
import { HostsPanel } from "./hosts.js";
import { FIRST, ordered, PRESENT_SECONDS } from "./order.js";
import { Summary } from "./summary.js";

/** @import { WorkerView } from "../../wire.js" */

/** Renewals are no events: what workers tell of themselves is looked at this often. */
const LOOK_MS = 5000;

/** What was read, and when: by the browser's steady clock. @typedef {{workers: WorkerView[], at: number}} Seen */

/** Every worker that was heard of. */
export function Workers() {
  const workers = useResource(seen, "/api/v1/events", []);
  useEvery(LOOK_MS, useMemo(() => serial(workers.refresh), []));
  return html`<div class="page">
    <header class="page-head"><h1>Workers</h1></header>
    <${Loaded} of=${workers} what="the workers">
      ${(/** @type {Seen} */ found) =>
        found.workers.length === 0
          ? html`<${Empty} title="No worker has asked for a trial yet">
              <p>Start one on each machine that should train:</p>
              <pre>hpsearch worker</pre>
            <//>`
          : html`<${Found} seen=${found} />`}
    <//>
  </div>`;
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Seen>}
 */
async function seen(signal) {
  const workers = /** @type {WorkerView[]} */ (await all("/workers", signal));
  return { workers, at: performance.now() };
}

/** @param {{seen: Seen}} props */
function Found({ seen: { workers, at } }) {
  const { query } = useStore(place);
  const sort = query.get("sort") ?? FIRST;
  const present = workers.filter(({ silent_seconds: silent }) => silent < PRESENT_SECONDS);
  const gone = workers.length - present.length;
  const wanted = query.get("gone") === "1";
  const shown = ordered(wanted ? workers : present, sort);
  return html`<${Summary} workers=${present} />
    ${shown.length > 0 &&
    html`<${Table}
      caption="Workers"
      columns=${columns(at)}
      rows=${shown}
      id=${(/** @type {WorkerView} */ { name }) => name}
      sort=${sort}
      onSort=${(/** @type {string} */ next) => keep({ sort: next === FIRST ? null : next })}
      cards
    />`}
    ${gone > 0 &&
    html`<p>
      <${Button} onClick=${() => keep({ gone: wanted ? null : "1" })}>
        ${wanted ? "Hide those" : `Show ${many(gone, "worker")}`} last heard of more than a day ago
      <//>
    </p>`}
    <${HostsPanel} workers=${workers} />`;
}
