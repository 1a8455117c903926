import { all } from "../../api.js";
import { Loaded } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { time } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useVersions } from "../../resource.js";

/** @import { EventView } from "../../wire.js" */
/** @import { Shown } from "./trial.js" */

/** @type {import("../../components/table.js").Column<EventView>[]} */
const COLUMNS = [
  { name: "at", label: "When", cell: ({ at }) => html`<time class="nowrap" datetime=${at}>${time(at)}</time>` },
  { name: "state", label: "State", cell: ({ from_state: from, to_state: to }) => (from === null || from === to ? to : `${from} → ${to}`) },
  { name: "cause", label: "Cause", cell: ({ cause, reason }) => [cause.replaceAll("_", " "), reason].filter(Boolean).join(": ") },
  { name: "who", label: "By", cell: ({ who, host }) => html`${who}${host !== null && host !== who && html`<span class="row-about">${host}</span>`}` },
  { name: "attempt", label: "Attempt", right: true, cell: ({ attempt }) => attempt ?? "—" },
];

/**
 * Every change of the trial: grants, promotions, decisions, ends.
 * @param {Shown} props
 */
export function HistoryPanel({ trial }) {
  const path = `/studies/${encodeURIComponent(trial.study)}/trials/${trial.number}/history`;
  const history = useVersions((signal) => /** @type {Promise<EventView[]>} */ (all(path, signal)), path, trial.seq);
  return html`<${Panel} title="History" retry=${history.refresh}>
    <${Loaded} of=${history} what="the history">
      ${(/** @type {EventView[]} */ events) =>
        html`<${Table} caption="Changes in their order" columns=${COLUMNS} rows=${events.map((event, place) => ({ ...event, place }))} id=${(/** @type {{place: number}} */ { place }) => place} cards />`}
    <//>
  <//>`;
}
