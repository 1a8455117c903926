import { useMemo } from "preact/hooks";

import { spansDecades } from "../../charts/axis.js";
import { Chart } from "../../charts/chart.js";
import { Choice } from "../../components/choice.js";
import { Empty, Loaded } from "../../components/states.js";
import { floats, many, number } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";
import { useOption } from "../../router.js";
import { pick, useMarks } from "../../trials/selected.js";
import { useBox } from "./pair.js";

/** @import { Axis } from "../../charts/axis.js" */
/** @import { Layer } from "../../charts/layers.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { ParetoChart, StudyView } from "../../wire.js" */

/**
 * Two objectives of a study against each other, with the trials that no other beats. Nothing where there is only one objective.
 * @param {{study: StudyView}} props
 */
export function ParetoPanel({ study }) {
  return Array.isArray(study.definition.metric) ? html`<${Objectives} study=${study} metrics=${study.definition.metric} />` : null;
}

/** @param {{study: StudyView, metrics: string[]}} props */
function Objectives({ study, metrics }) {
  const [right, setRight] = useOption("right", "0");
  const [up, setUp] = useOption("up", "1");
  const [x, y] = [Number(right) in metrics ? Number(right) : 0, Number(up) in metrics ? Number(up) : 1];
  const chart = /** @type {Resource<ParetoChart>} */ (useOfStudy(study.name, "/charts/pareto"));
  const choices = metrics.map((metric, place) => [String(place), metric]);
  const actions =
    metrics.length > 2 &&
    html`<${Choice} label="Right" value=${String(x)} choices=${choices} onChoose=${setRight} />
      <${Choice} label="Up" value=${String(y)} choices=${choices} onChoose=${setUp} />`;
  return html`<${Panel} title="Trade-off" retry=${chart.refresh} actions=${actions}>
    <${Loaded} of=${chart} what="the front">
      ${(/** @type {ParetoChart} */ found) =>
        found.number.length === 0
          ? html`<${Empty} level=${3} title="No completed trial yet"><p class="muted">Trials with a value for each objective show here.</p><//>`
          : html`<${Front} study=${study} metrics=${metrics} x=${x} y=${y} found=${found} />`}
    <//>
  <//>`;
}

/** @param {{study: StudyView, metrics: string[], x: number, y: number, found: ParetoChart}} props */
function Front({ study, metrics, x, y, found }) {
  const marks = useMarks(study);
  const [across = "", up = ""] = [metrics[x], metrics[y]];
  const onBox = useBox(study.definition, `values.${across}`, `values.${up}`);
  const rises = [study.definition.direction].flat()[x] === "maximize";
  const [layers, xAxis, yAxis] = useMemo(() => {
    const [xs, ys] = [floats(found.values[x] ?? []), floats(found.values[y] ?? [])];
    /** @param {boolean} isBest */
    const part = (isBest) => {
      const places = found.number.flatMap((_, place) => (found.is_best[place] === isBest ? [place] : []));
      if (isBest) places.sort((one, other) => ((xs[one] ?? 0) - (xs[other] ?? 0)) * (rises ? -1 : 1));
      return { x: places.map((place) => xs[place] ?? NaN), y: places.map((place) => ys[place] ?? NaN), number: places.map((place) => found.number[place] ?? -1) };
    };
    const [front, others] = [part(true), part(false)];
    /** From the best along one objective on, what the other can be at that price. @type {Layer[]} */
    const border = metrics.length === 2 ? [{ kind: "steps", x: front.x, y: front.y, colour: "--accent", width: 1.5 }] : [];
    /** @type {Layer[]} */
    const drawn = [{ kind: "points", ...others, colour: "--queued", size: 3 }, ...border, { kind: "points", ...front, colour: "--accent", size: 4.5 }];
    /** @param {string} label @param {Float64Array} list @returns {Axis} */
    const axis = (label, list) => ({ label, kind: spansDecades(list) ? "log" : "linear" });
    return [drawn, axis(across, xs), axis(up, ys)];
  }, [found, across, up, rises]);
  const places = useMemo(() => new Map(found.number.map((trial, place) => [trial, place])), [found]);
  /** @param {number} place */
  const told = (place) => metrics.map((_, objective) => number(found.values[objective]?.[place]));
  /** @param {number} trial */
  function about(trial) {
    const place = places.get(trial) ?? -1;
    const others = metrics.flatMap((metric, objective) => (objective === x || objective === y ? [] : [`${metric} ${told(place)[objective]}`]));
    return [...others, found.is_best[place] ? "on the front" : "behind the front"];
  }
  const best = found.is_best.filter(Boolean).length;
  return html`<${Chart}
      label=${`${up} against ${across} of ${many(found.of, "trial")}, ${best} of them on the Pareto front.`}
      x=${xAxis}
      y=${yAxis}
      layers=${layers}
      marks=${marks}
      height=${340}
      rows=${{ columns: ["Trial", ...metrics, "Front"], rows: () => found.number.map((trial, place) => [trial, ...told(place), found.is_best[place] ? "yes" : ""]) }}
      about=${about}
      onPick=${pick}
      onBox=${onBox}
    />
    <p class="muted small">${many(best, "trial")} on the front, of ${found.of}: no other is at least as good in all objectives and better in one.</p>`;
}
