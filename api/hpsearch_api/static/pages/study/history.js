import { useMemo } from "preact/hooks";

import { Chart } from "../../charts/chart.js";
import { AGAINST, axisOf, kindOf, SCALES } from "../../charts/choices.js";
import { useChoice } from "../../components/choice.js";
import { Empty, Loaded } from "../../components/states.js";
import { floats, many, number } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";
import { pick, select, useMarks, useSelection } from "../../trials/selected.js";
import { within } from "../../trials/selection.js";
import { ObjectiveChoice, useObjective } from "./objective.js";

/** @import { Layer } from "../../charts/layers.js" */
/** @import { Axis } from "../../charts/axis.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { HistoryChart, StudyView } from "../../wire.js" */

/**
 * The value of each trial in the order in which they were over, and the best so far.
 * @param {{study: StudyView}} props
 */
export function HistoryPanel({ study }) {
  const [against, chooseAgainst] = useChoice("against", "Against", AGAINST);
  const [scale, chooseScale] = useChoice("history", "Scale", SCALES);
  const { objective, metric } = useObjective(study);
  const chart = /** @type {Resource<HistoryChart>} */ (useOfStudy(study.name, `/charts/history?against=${against}&objective=${objective}`));
  const actions = html`<${ObjectiveChoice} study=${study} />${chooseAgainst}${chooseScale}`;
  return html`<${Panel} title="History" retry=${chart.refresh} actions=${actions}>
    <${Loaded} of=${chart} what="the history">
      ${(/** @type {HistoryChart} */ found) =>
        found.number.length === 0
          ? html`<${Empty} level=${3} title="No trial has a value yet"><p class="muted">The first one that is over shows here.</p><//>`
          : html`<${History} study=${study} found=${found} against=${against} scale=${scale} metric=${metric} />`}
    <//>
  <//>`;
}

/** @param {{study: StudyView, found: HistoryChart, against: string, scale: string, metric: string}} props */
function History({ study, found, against, scale, metric }) {
  const marks = useMarks(study);
  const { where } = useSelection();
  const [layers, y] = useMemo(() => {
    const points = { x: floats(found.x), y: floats(found.y) };
    const best = { x: floats(found.best.x), y: floats(found.best.y) };
    const colour = (/** @type {number} */ place) => `--${found.state[place]}`;
    /** @type {Layer[]} */
    const drawn = [
      { kind: "points", ...points, number: found.number, colour },
      { kind: "steps", ...best, colour: "--accent", width: 2 },
    ];
    return [drawn, /** @type {Axis} */ ({ label: metric, kind: kindOf(scale, points.y) })];
  }, [found, scale, metric]);
  const x = axisOf(against);
  const rows = () => found.number.map((trial, place) => [trial, found.state[place] ?? "", number(found.x[place]), number(found.y[place])]);
  const shown = found.number.length;
  return html`<${Chart}
      label=${`Values of ${many(found.of, "trial")} and the best so far against ${x.label}.`}
      x=${x}
      y=${y}
      layers=${layers}
      marks=${marks}
      rows=${{ columns: ["Trial", "State", x.label, metric], rows }}
      about=${(/** @type {number} */ trial) => [found.state[found.number.indexOf(trial)] ?? ""]}
      onPick=${pick}
      onBox=${(/** @type {import("../../charts/chart.js").Box | null} */ box) => {
        const values = within(study.definition, where, `values.${metric}`, box && box.y);
        select({ where: against === "number" ? within(study.definition, values, "number", box && box.x) : values });
      }}
    />
    ${shown < found.of && html`<p class="muted small">${many(shown, "trial")} of ${found.of}: the best, and a sample of the others.</p>`}`;
}
