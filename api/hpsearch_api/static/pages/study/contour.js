import { useMemo } from "preact/hooks";

import { told } from "../../charts/axis.js";
import { Chart } from "../../charts/chart.js";
import { ramp, useColours } from "../../charts/colours.js";
import { ScaleLegend } from "../../charts/scale-legend.js";
import { scaleOf } from "../../charts/scale.js";
import { Empty, Loaded } from "../../components/states.js";
import { floats, many, number, real, short } from "../../format.js";
import { html } from "../../html.js";
import { useOfStudy } from "../../resource.js";
import { pick, useMarks } from "../../trials/selected.js";
import { axisFor, PairPanel, useBox } from "./pair.js";

/** @import { Layer } from "../../charts/layers.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { ContourChart, StudyView } from "../../wire.js" */
/** @import { PairProps } from "./pair.js" */

/**
 * The landscape of the values over two parameters.
 * @param {{study: StudyView}} props
 */
export const ContourPanel = ({ study }) => html`<${PairPanel} study=${study} title="Contour" chart=${Contour} />`;

/** @param {PairProps} props */
function Contour(props) {
  const query = new URLSearchParams({ x: props.x, y: props.y, objective: String(props.objective) });
  const chart = /** @type {Resource<ContourChart>} */ (useOfStudy(props.study.name, `/charts/contour?${query}`));
  return html`<${Loaded} of=${chart} what="the contour">
    ${(/** @type {ContourChart} */ found) =>
      found.number.length === 0
        ? html`<${Empty} level=${3} title="No completed trial has both"><p class="muted">Values are estimated from completed trials.</p><//>`
        : html`<${Landscape} ...${props} found=${found} />`}
  <//>`;
}

/** @param {PairProps & {found: ContourChart}} props */
function Landscape({ study, x, y, metric, objective, found }) {
  const marks = useMarks(study);
  const colours = useColours();
  const onBox = useBox(study.definition, `params.${x}`, `params.${y}`);
  const rising = [study.definition.direction].flat()[objective] === "maximize";
  const [layers, scale] = useMemo(() => {
    const values = found.values.map(floats);
    const scale = scaleOf(values, rising);
    const shade = ramp(colours);
    /** @type {Layer[]} */
    const drawn = [
      { kind: "cells", x: found.x.centres, y: found.y.centres, values, colour: (value) => shade(scale.share(value)) },
      { kind: "points", x: floats(found.trial_x), y: floats(found.trial_y), number: found.number, colour: "--text", border: "--raised", size: 2.2 },
    ];
    return [drawn, scale];
  }, [found, colours, rising]);
  const [across, up] = [axisFor(study.definition, x), axisFor(study.definition, y)];
  const known = new Map(found.number.map((trial, place) => [trial, found.trial_value[place]]));
  const rows = () => found.number.map((trial, place) => [trial, told(across, real(found.trial_x[place]) ?? NaN), told(up, real(found.trial_y[place]) ?? NaN), number(found.trial_value[place])]);
  return html`<${ScaleLegend} label=${metric} numbers=${[0, 0.25, 0.5, 0.75, 1].map((share) => short(scale.value(share)))} from="worst" to="best" />
    <${Chart}
      label=${`${metric} over ${x} and ${y}, estimated from ${many(found.of, "trial")}.`}
      x=${across}
      y=${up}
      layers=${layers}
      marks=${marks}
      height=${360}
      rows=${{ columns: ["Trial", x, y, metric], rows }}
      about=${(/** @type {number} */ trial) => [`${metric} ${number(known.get(trial))}`]}
      onPick=${pick}
      onBox=${onBox}
    />`;
}
