import { useMemo } from "preact/hooks";

import { spansDecades } from "../../charts/axis.js";
import { Chart } from "../../charts/chart.js";
import { SERIES } from "../../charts/colours.js";
import { count, number } from "../../format.js";
import { html } from "../../html.js";
import { alone } from "./series.js";

/** @import { Layer } from "../../charts/layers.js" */
/** @import { TrialCurves } from "../../wire.js" */
/** @import { Group, Series } from "./series.js" */

const HEIGHT = 220;
/** Values that are not finite and are written out. */
const MOST_ODD = 3;

/**
 * The curves of one thing that was measured, on the training data and on others.
 * @param {{curves: TrialCurves, group: Group, scale: string, bestStep: number | null, resumed: number[]}} props
 */
export function CurveChart({ curves, group: { title, series }, scale, bestStep, resumed }) {
  const layers = useMemo(() => layersOf(series, bestStep, resumed), [curves, bestStep]);
  const isLog = scale === "log" || (scale === "auto" && spansDecades(series.flatMap(({ y }) => [...y])));
  const names = series.map(({ name }) => name);
  const rows = () => curves.step.map((step, row) => [step, curves.attempt[row] ?? "", ...names.map((name) => number(curves.columns[name]?.[row]))]);
  return html`<div class="curve">
    <h3>${title}</h3>
    <ul class="legend">
      ${series.map((one, place) => html`<${Entry} key=${one.name} series=${one} colour=${colourOf(place)} />`)}
    </ul>
    <${Chart}
      label=${`${title} by step: ${names.join(", ")}.`}
      x=${{ label: "step", kind: "linear" }}
      y=${{ label: "", kind: isLog ? "log" : "linear" }}
      layers=${layers}
      rows=${{ columns: ["Step", "Attempt", ...names], rows }}
      height=${HEIGHT}
      names=${(/** @type {number} */ place) => names[place] ?? ""}
    />
  </div>`;
}

/**
 * A line's name, its last value, and what of it cannot be drawn.
 * @param {{series: Series, colour: string}} props
 */
function Entry({ series: { name, y, odd }, colour }) {
  const last = y.findLast((value) => Number.isFinite(value));
  const said = odd.slice(0, MOST_ODD).map(({ step, value }) => `${value} at step ${count(step)}`);
  const more = odd.length - said.length;
  return html`<li>
    <span class="swatch" style=${{ background: colour }} aria-hidden="true"></span>${name} <span class="value">${number(last)}</span>
    ${odd.length > 0 && html`<span class="warned small">${said.join(", ")}${more > 0 && ` and ${count(more)} more`}</span>`}
  </li>`;
}

/** @param {number} place */
const colourOf = (place) => SERIES[place % SERIES.length] ?? "--text";

/**
 * @param {Series[]} series
 * @param {number | null} bestStep
 * @param {number[]} resumed
 * @returns {Layer[]}
 */
function layersOf(series, bestStep, resumed) {
  const finite = series.flatMap(({ y }) => [...y]).filter(Number.isFinite);
  const [low, high] = [finite.reduce((a, b) => Math.min(a, b), Infinity), finite.reduce((a, b) => Math.max(a, b), -Infinity)];
  /** @type {Layer[]} */
  const layers = low < high ? resumed.map((step) => ({ kind: "line", x: [step, step], y: [low, high], colour: "--muted", width: 1, dash: [3, 4] })) : [];
  series.forEach(({ x, y, spread }, place) => {
    const colour = colourOf(place);
    if (spread !== null) layers.push({ kind: "band", x, y: y.map((value, row) => value - (spread[row] ?? NaN)), upper: y.map((value, row) => value + (spread[row] ?? NaN)), colour });
    layers.push({ kind: "line", x, y, colour, width: 1.75, number: place });
    const best = bestStep === null ? -1 : x.indexOf(bestStep);
    // A line of one point is a dot. These are on their lines already, for who points at them.
    const dots = new Set([...alone(y), ...(best < 0 ? [] : [best])]);
    for (const dot of dots) layers.push({ kind: "line", x: x.slice(dot, dot + 1), y: y.slice(dot, dot + 1), colour, width: 5 });
  });
  return layers;
}
