import { Legend } from "../../charts/legend.js";
import { Code } from "../../components/copy.js";
import { Empty, Loaded } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { count, many, number } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";

/** @import { Column } from "../../components/table.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { Rungs, RungView, StudyView } from "../../wire.js" */

/** What a study file has for a pruner with rungs. */
const EXAMPLE = `pruner:
  name: asha
  min_resource: 1
  reduction_factor: 3`;

/**
 * How many trials came to each rung of the pruner, how many it stopped there, and what it takes to go on.
 * @param {{study: StudyView}} props
 */
export function RungsPanel({ study }) {
  const found = /** @type {Resource<Rungs>} */ (useOfStudy(study.name, "/charts/rungs"));
  return html`<${Panel} title="Rungs" retry=${found.refresh}>
    ${study.definition.pruner.name === "none"
      ? html`<${Empty} level=${3} title="This study has no pruner">
          <p>With one, trials that do worse than others at the same step end there, and leave their time to better ones. A new study gets one by these lines:</p>
          <${Code} label="A pruner in a study file" text=${EXAMPLE} />
        <//>`
      : html`<${Loaded} of=${found} what="the rungs">
          ${(/** @type {Rungs} */ { rungs }) =>
            rungs.length === 0
              ? html`<${Empty} level=${3} title="No trial has come to a rung yet"><p class="muted">The pruner ${study.definition.pruner.name} looks at what trials report.</p><//>`
              : html`<${Steps} study=${study} rungs=${rungs} />`}
        <//>`}
  <//>`;
}

/** @param {{study: StudyView, rungs: RungView[]}} props */
function Steps({ study, rungs }) {
  const most = rungs.reduce((one, { reached }) => Math.max(one, reached), 1);
  const stopped = rungs.reduce((sum, rung) => sum + rung.stopped, 0);
  return html`<p class="muted">${many(stopped, "trial")} stopped by ${study.definition.pruner.name} at ${many(rungs.length, "rung")}.</p>
    <${Table} caption="Trials at each rung" columns=${columns(study, most)} rows=${rungs} id=${(/** @type {RungView} */ { rung }) => rung} />
    <${Legend} keys=${[
      { label: "went on, or is there", colour: "--completed" },
      { label: "stopped", colour: "--pruned" },
    ]} />`;
}

/**
 * @param {StudyView} study
 * @param {number} most
 * @returns {Column<RungView>[]}
 */
function columns(study, most) {
  const maximized = [study.definition.direction].flat()[0] === "maximize";
  const metric = [study.definition.metric].flat()[0];
  return [
    { name: "rung", label: "Step", cell: ({ rung }) => count(rung) },
    { name: "reached", label: "Reached", right: true, cell: ({ reached }) => count(reached) },
    { name: "stopped", label: "Stopped", right: true, cell: ({ stopped }) => count(stopped) },
    { name: "share", label: "Stopped of these", right: true, cell: ({ reached, stopped }) => `${((100 * stopped) / Math.max(1, reached)).toFixed(0)} %` },
    { name: "best", label: `Best ${metric}`, right: true, cell: ({ least, greatest }) => number(maximized ? greatest : least) },
    { name: "threshold", label: maximized ? "Goes on at or above" : "Goes on at or below", right: true, cell: ({ bar }) => (bar === null ? "any value" : number(bar)) },
    { name: "bar", label: "Trials", hidden: true, cell: (rung) => html`<${Bar} rung=${rung} most=${most} />` },
  ];
}

/** @param {{rung: RungView, most: number}} props */
function Bar({ rung: { reached, stopped }, most }) {
  const wide = (/** @type {number} */ trials) => ({ width: `${(100 * trials) / most}%` });
  return html`<div class="rung-bar" aria-hidden="true">
    <span class="rung-on" style=${wide(reached - stopped)}></span>
    <span class="rung-stopped" style=${wide(stopped)}></span>
  </div>`;
}
