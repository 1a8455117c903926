import { useMemo } from "preact/hooks";

import { told } from "../../charts/axis.js";
import { Chart } from "../../charts/chart.js";
import { ramp, useColours } from "../../charts/colours.js";
import { ScaleLegend } from "../../charts/scale-legend.js";
import { Empty, Loaded } from "../../components/states.js";
import { floats, many, number, real } from "../../format.js";
import { html } from "../../html.js";
import { useOfStudy } from "../../resource.js";
import { pick, useMarks } from "../../trials/selected.js";
import { axisFor, PairPanel, useBox } from "./pair.js";

/** @import { Layer } from "../../charts/layers.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { RankChart, StudyView } from "../../wire.js" */
/** @import { PairProps } from "./pair.js" */

/**
 * The completed trials over two parameters, by the ranks of their values: what outliers do not spoil.
 * @param {{study: StudyView}} props
 */
export const RankPanel = ({ study }) => html`<${PairPanel} study=${study} title="Rank" chart=${Rank} />`;

/** @param {PairProps} props */
function Rank(props) {
  const query = new URLSearchParams({ x: props.x, y: props.y, objective: String(props.objective) });
  const chart = /** @type {Resource<RankChart>} */ (useOfStudy(props.study.name, `/charts/rank?${query}`));
  return html`<${Loaded} of=${chart} what="the ranks">
    ${(/** @type {RankChart} */ found) =>
      found.number.length === 0
        ? html`<${Empty} level=${3} title="No completed trial has both"><p class="muted">Completed trials are ranked by their values.</p><//>`
        : html`<${Ranks} ...${props} found=${found} />`}
  <//>`;
}

/** @param {PairProps & {found: RankChart}} props */
function Ranks({ study, x, y, metric, objective, found }) {
  const marks = useMarks(study);
  const colours = useColours();
  const onBox = useBox(study.definition, `params.${x}`, `params.${y}`);
  const rising = [study.definition.direction].flat()[objective] === "maximize";
  /** The share of trials that are better. @param {number} place */
  const behind = (place) => (rising ? 1 - (real(found.rank[place]) ?? 1) : (real(found.rank[place]) ?? 1));
  const layers = useMemo(() => {
    const shade = ramp(colours);
    const points = { x: floats(found.x), y: floats(found.y), number: found.number };
    return /** @type {Layer[]} */ ([{ kind: "points", ...points, colour: (place) => shade(1 - behind(place)), size: 4 }]);
  }, [found, colours, rising]);
  const [across, up] = [axisFor(study.definition, x), axisFor(study.definition, y)];
  const places = useMemo(() => new Map(found.number.map((trial, place) => [trial, place])), [found]);
  /** @param {number | undefined} place */
  const standing = (place) => (place === undefined ? "" : `better than ${((1 - behind(place)) * 100).toFixed(0)} %`);
  const rows = () =>
    found.number.map((trial, place) => [trial, told(across, real(found.x[place]) ?? NaN), told(up, real(found.y[place]) ?? NaN), number(found.value[place]), standing(place)]);
  return html`<${ScaleLegend} label="Better than" numbers=${["0 %", "25 %", "50 %", "75 %", "100 %"]} from="worst" to="best" />
    <${Chart}
      label=${`Ranks of ${metric} of ${many(found.of, "trial")} over ${x} and ${y}.`}
      x=${across}
      y=${up}
      layers=${layers}
      marks=${marks}
      height=${360}
      rows=${{ columns: ["Trial", x, y, metric, "Rank"], rows }}
      about=${(/** @type {number} */ trial) => [`${metric} ${number(found.value[places.get(trial) ?? -1])}`, standing(places.get(trial))]}
      onPick=${pick}
      onBox=${onBox}
    />
    ${found.number.length < found.of && html`<p class="muted small">${many(found.number.length, "trial")} of ${found.of}: the best, and a sample of the others.</p>`}`;
}
