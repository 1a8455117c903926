import { seriesColour, useColours } from "../../charts/colours.js";
import { Badge } from "../../components/badge.js";
import { Table } from "../../components/table.js";
import { count, duration, number } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useResource } from "../../resource.js";
import { studyPath, trialPath } from "../../router.js";
import { progressOf } from "../studies/progress.js";
import { costsOf } from "./compared.js";

/** @import { Resource } from "../../resource.js" */
/** @import { Costs, StudyView } from "../../wire.js" */
/** @import { Compared } from "./compared.js" */

/** @typedef {{study: StudyView, place: number, costs: Costs | null | undefined}} Line */

/**
 * How each study ended, or stands.
 * @param {{compared: Compared}} props
 */
export function FinalTable({ compared }) {
  const { groups, studies } = compared;
  const names = studies.map(({ name }) => name);
  const costs = /** @type {Resource<(Costs | null)[]>} */ (useResource((signal) => costsOf(names, signal), "/api/v1/events", [names.join(",")]));
  const colours = useColours();
  const rows = groups.flatMap((group, place) => group.studies.map((study) => ({ study, place, costs: costs.value?.[names.indexOf(study.name)] })));
  /** @type {import("../../components/table.js").Column<Line>[]} */
  const columns = [
    {
      name: "name",
      label: "Study",
      cell: ({ study, place }) => html`<span class="swatch" style=${{ background: colours(seriesColour(place)) }} aria-hidden="true"></span> <a class="row-link" href=${studyPath(study.name)}>${study.name}</a>`,
    },
    { name: "state", label: "State", cell: ({ study }) => html`<${Badge} state=${study.state} reason=${study.reason} />` },
    { name: "sampler", label: "Sampler", cell: ({ study }) => `${study.definition.sampler.name}, seed ${study.seed}` },
    { name: "pruner", label: "Pruner", cell: ({ study }) => study.definition.pruner.name },
    { name: "metric", label: "Metric", cell: ({ study }) => [study.definition.metric].flat().join(", ") },
    { name: "best", label: "Best value", right: true, cell: ({ study }) => html`<${Best} study=${study} />` },
    { name: "done", label: "Trials done", right: true, cell: ({ study }) => count(progressOf(study).done) },
    { name: "failed", label: "Failed", right: true, cell: ({ study }) => count(study.counts.failed) },
    { name: "time", label: "Time active", right: true, cell: ({ study }) => duration(study.active_seconds) },
    { name: "device", label: "Device seconds", right: true, cell: (line) => (line.costs === undefined ? "…" : duration(line.costs?.device_seconds ?? null)) },
  ];
  return html`<${Panel} title="Where they stand"><${Table} caption="Chosen studies" columns=${columns} rows=${rows} id=${(/** @type {Line} */ { study }) => study.name} /><//>`;
}

/** @param {{study: StudyView}} props */
function Best({ study }) {
  if (Array.isArray(study.definition.metric)) return html`<span class="muted">a Pareto front</span>`;
  if (study.best_trial === null) return html`<span class="muted">—</span>`;
  return html`<span class="value">${number(study.best_value)}</span> <a class="small" href=${trialPath(study.name, study.best_trial)}>trial ${study.best_trial}</a>`;
}
