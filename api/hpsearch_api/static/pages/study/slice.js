import { useMemo, useState } from "preact/hooks";

import { spansDecades, told } from "../../charts/axis.js";
import { Chart } from "../../charts/chart.js";
import { ramp, useColours } from "../../charts/colours.js";
import { ScaleLegend } from "../../charts/scale-legend.js";
import { Button } from "../../components/button.js";
import { useChoice } from "../../components/choice.js";
import { Empty, Loaded, Loading } from "../../components/states.js";
import { floats, many, number, real } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";
import { pick, useMarks } from "../../trials/selected.js";
import { useImportant } from "./important.js";
import { ObjectiveChoice, useObjective } from "./objective.js";
import { axisFor, useBox } from "./pair.js";

/** @import { Axis } from "../../charts/axis.js" */
/** @import { Layer } from "../../charts/layers.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { SliceChart, StudyView } from "../../wire.js" */

/** Charts that are shown at first, and with each "more". */
const SHOWN = 6;
/** @type {[string, string][]} */
const COLOURS = [
  ["order", "order"],
  ["state", "state"],
];

/**
 * The values along one parameter after the other, the most important ones first.
 * @param {{study: StudyView}} props
 */
export function SlicePanel({ study }) {
  const important = useImportant(study);
  const [colour, chooseColour] = useChoice("slice", "Colour by", COLOURS);
  const [most, setMost] = useState(SHOWN);
  const trials = Object.values(study.counts).reduce((sum, found) => sum + found, 0);
  const actions = html`<${ObjectiveChoice} study=${study} />${chooseColour}`;
  const more = Math.min(SHOWN, (important?.length ?? 0) - most);
  return html`<${Panel} title="Slice" actions=${actions}>
    ${important === null
      ? html`<${Loading} what="the parameters" />`
      : important.length === 0
        ? html`<${Empty} level=${3} title="No parameter is searched" />`
        : html`${colour === "order" && html`<${ScaleLegend} label="Trial" numbers=${["0", number(Math.max(0, trials - 1))]} from="first" to="last" />`}
            <div class="slices">
              ${important.slice(0, most).map((name) => html`<${Slice} key=${name} study=${study} name=${name} colour=${colour} last=${trials - 1} />`)}
            </div>
            ${more > 0 && html`<p><${Button} onClick=${() => setMost(most + SHOWN)}>${many(more, "more parameter")}<//></p>`}`}
  <//>`;
}

/** @param {{study: StudyView, name: string, colour: string, last: number}} props */
function Slice({ study, name, colour, last }) {
  const { objective } = useObjective(study);
  const query = new URLSearchParams({ parameter: name, objective: String(objective) });
  const chart = /** @type {Resource<SliceChart>} */ (useOfStudy(study.name, `/charts/slice?${query}`));
  return html`<${Loaded} of=${chart} what=${name}>
    ${(/** @type {SliceChart} */ found) =>
      found.number.length === 0
        ? html`<${Empty} level=${3} title=${`No trial with ${name} has a value yet`} />`
        : html`<${Points} study=${study} name=${name} found=${found} colour=${colour} last=${last} />`}
  <//>`;
}

/** @param {{study: StudyView, name: string, found: SliceChart, colour: string, last: number}} props */
function Points({ study, name, found, colour, last }) {
  const { metric } = useObjective(study);
  const marks = useMarks(study);
  const colours = useColours();
  const onBox = useBox(study.definition, `params.${name}`, `values.${metric}`);
  const [layers, y] = useMemo(() => {
    const shade = ramp(colours);
    const points = { x: floats(found.x), y: floats(found.y), number: found.number };
    const byOrder = (/** @type {number} */ place) => shade((found.number[place] ?? 0) / Math.max(1, last));
    const byState = (/** @type {number} */ place) => `--${found.state[place]}`;
    /** @type {Layer[]} */
    const drawn = [{ kind: "points", ...points, colour: colour === "state" ? byState : byOrder }];
    return [drawn, /** @type {Axis} */ ({ label: metric, kind: spansDecades(points.y) ? "log" : "linear" })];
  }, [found, colour, colours, metric]);
  const x = axisFor(study.definition, name);
  const rows = () => found.number.map((trial, place) => [trial, found.state[place] ?? "", told(x, real(found.x[place]) ?? NaN), number(found.y[place])]);
  return html`<div>
    <${Chart}
      label=${`${metric} of ${many(found.of, "trial")} along ${name}.`}
      x=${x}
      y=${y}
      layers=${layers}
      marks=${marks}
      height=${230}
      rows=${{ columns: ["Trial", "State", name, metric], rows }}
      about=${(/** @type {number} */ trial) => [found.state[found.number.indexOf(trial)] ?? ""]}
      onPick=${pick}
      onBox=${onBox}
    />
    ${found.number.length < found.of && html`<p class="muted small">${many(found.number.length, "trial")} of ${found.of}: the best, and a sample of the others.</p>`}
  </div>`;
}
