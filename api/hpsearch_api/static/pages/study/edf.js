import { useMemo } from "preact/hooks";

import { spansDecades } from "../../charts/axis.js";
import { Chart } from "../../charts/chart.js";
import { Empty, Loaded } from "../../components/states.js";
import { floats, number, tenths } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";
import { select, useSelection } from "../../trials/selected.js";
import { within } from "../../trials/selection.js";
import { ObjectiveChoice, useObjective } from "./objective.js";

/** @import { Layer } from "../../charts/layers.js" */
/** @import { Axis } from "../../charts/axis.js" */
/** @import { Box } from "../../charts/chart.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { EdfChart, StudyView } from "../../wire.js" */

/**
 * What share of the completed trials has at most a value.
 * @param {{study: StudyView}} props
 */
export function EdfPanel({ study }) {
  const { objective, metric } = useObjective(study);
  const chart = /** @type {Resource<EdfChart>} */ (useOfStudy(study.name, `/charts/edf?objective=${objective}`));
  return html`<${Panel} title="Distribution of values" retry=${chart.refresh} actions=${html`<${ObjectiveChoice} study=${study} />`}>
    <${Loaded} of=${chart} what="the distribution">
      ${(/** @type {EdfChart} */ found) =>
        found.values.length === 0
          ? html`<${Empty} level=${3} title="No trial is completed yet"><p class="muted">How the values of completed trials are spread shows here.</p><//>`
          : html`<${Edf} study=${study} found=${found} metric=${metric} />`}
    <//>
  <//>`;
}

/** @param {{study: StudyView, found: EdfChart, metric: string}} props */
function Edf({ study, found, metric }) {
  const { where } = useSelection();
  const values = useMemo(() => floats(found.values), [found]);
  const shares = useMemo(() => floats(found.shares[0] ?? []), [found]);
  const [layers, x] = useMemo(() => {
    const first = values[0] ?? NaN;
    /** @type {Layer[]} */
    const drawn = [
      { kind: "steps", x: [first, first, ...values], y: [0, shares[0] ?? NaN, ...shares], colour: "--accent", width: 2 },
      { kind: "points", x: values, y: shares, number: new Int32Array(values.length).fill(-1), colour: "--accent", size: 1.2 },
    ];
    return [drawn, /** @type {Axis} */ ({ label: metric, kind: spansDecades(values) ? "log" : "linear" })];
  }, [values, shares, metric]);
  const reached = (/** @type {number} */ share) => number(values[shares.findIndex((one) => one >= share)] ?? null);
  return html`<${Chart}
      label=${`Share of the completed trials whose ${metric} is at most a value.`}
      x=${x}
      y=${{ label: "share of the trials", kind: "linear" }}
      layers=${layers}
      rows=${{ columns: [metric, "Share at or below"], rows: () => Array.from(values, (value, place) => [number(value), tenths(shares[place] ?? NaN)]) }}
      onBox=${(/** @type {Box | null} */ box) => select({ where: within(study.definition, where, `values.${metric}`, box && box.x) })}
    />
    <p class="muted small">A tenth of the completed trials is at or below ${reached(0.1)}, half at or below ${reached(0.5)}, nine tenths at or below ${reached(0.9)}.</p>`;
}
