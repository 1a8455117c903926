import { all } from "../api.js";
import { Badge } from "../components/badge.js";
import { Check } from "../components/field.js";
import { Empty, Loaded } from "../components/states.js";
import { Table } from "../components/table.js";
import { count, duration, number } from "../format.js";
import { html } from "../html.js";
import { useResource } from "../resource.js";
import { keep, place, studyPath } from "../router.js";
import { useStore } from "../store.js";
import { progressOf } from "./studies/progress.js";

/** @import { StudyView } from "../wire.js" */

/** @type {import("../components/table.js").Column<StudyView>[]} */
const COLUMNS = [
  { name: "name", label: "Study", cell: ({ name }) => html`<a class="row-link" href=${studyPath(name)}>${name}</a>` },
  { name: "state", label: "State", cell: ({ state, reason }) => html`<${Badge} state=${state} reason=${reason} />` },
  { name: "objective", label: "Objective", cell: ({ definition }) => definition.objective },
  { name: "sampler", label: "Sampler", cell: ({ definition }) => definition.sampler.name },
  { name: "pruner", label: "Pruner", cell: ({ definition }) => definition.pruner.name },
  { name: "metric", label: "Metric", cell: ({ definition }) => [definition.metric].flat().join(", ") },
  { name: "best", label: "Best value", right: true, cell: (study) => number(study.best_value) },
  { name: "done", label: "Trials done", right: true, cell: (study) => count(progressOf(study).done) },
  { name: "failed", label: "Failed", right: true, cell: ({ counts }) => count(counts.failed) },
  { name: "time", label: "Time active", right: true, cell: (study) => duration(study.active_seconds) },
];

/** Several studies side by side; which ones is in the address. */
export function Compare() {
  const studies = useResource((signal) => /** @type {Promise<StudyView[]>} */ (all("/studies", signal)), "/api/v1/events", []);
  const { query } = useStore(place);
  const names = (query.get("studies") ?? "").split(",").filter(Boolean);
  /**
   * @param {string} name
   * @param {boolean} wanted
   */
  const choose = (name, wanted) => keep({ studies: [...names.filter((other) => other !== name), ...(wanted ? [name] : [])].join(",") });
  return html`<div class="page">
    <header class="page-head"><h1>Compare</h1></header>
    <${Loaded} of=${studies} what="the studies">
      ${(/** @type {StudyView[]} */ found) => {
        const chosen = found.filter(({ name }) => names.includes(name));
        if (found.length === 0) return html`<${Empty} title="There is no study to compare yet" />`;
        return html`<fieldset class="chooser">
            <legend>Studies</legend>
            ${found.map(
              ({ name }) =>
                html`<${Check} key=${name} label=${name} checked=${names.includes(name)} onInput=${(/** @type {boolean} */ wanted) => choose(name, wanted)} />`,
            )}
          </fieldset>
          ${chosen.length === 0
            ? html`<${Empty} title="Choose the studies to put side by side" />`
            : html`<${Table} caption="Chosen studies" columns=${COLUMNS} rows=${chosen} id=${(/** @type {StudyView} */ { name }) => name} />`}`;
      }}
    <//>
  </div>`;
}
