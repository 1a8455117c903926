import { useMemo } from "preact/hooks";

import { extremes } from "../../charts/axis.js";
import { Chart } from "../../charts/chart.js";
import { kindOf } from "../../charts/choices.js";
import { seriesColour } from "../../charts/colours.js";
import { Legend } from "../../charts/legend.js";
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
  const names = series.map(({ name }) => name);
  const rows = () => curves.step.map((step, row) => [step, curves.attempt[row] ?? "", ...names.map((name) => number(curves.columns[name]?.[row]))]);
  return html`<div class="curve">
    <h3>${title}</h3>
    <${Legend} keys=${series.map((one, place) => ({ label: toldOf(one), colour: seriesColour(place), kind: "line" }))} />
    <${Chart}
      label=${`${title} by step: ${names.join(", ")}.`}
      x=${{ label: "step", kind: "linear" }}
      y=${{ label: "", kind: kindOf(scale, series.flatMap(({ y }) => [...y])) }}
      layers=${layers}
      rows=${{ columns: ["Step", "Attempt", ...names], rows }}
      height=${HEIGHT}
      names=${(/** @type {number} */ place) => names[place] ?? ""}
    />
  </div>`;
}

/**
 * A line's name, its last value, and what of it cannot be drawn.
 * @param {Series} series
 */
function toldOf({ name, y, odd }) {
  const last = y.findLast((value) => Number.isFinite(value));
  const said = odd.slice(0, MOST_ODD).map(({ step, value }) => `${value} at step ${count(step)}`);
  const more = odd.length - said.length;
  return html`${name} <span class="value">${number(last)}</span> ${odd.length > 0 && html`<span class="warned small">${said.join(", ")}${more > 0 && ` and ${count(more)} more`}</span>`}`;
}

/**
 * @param {Series[]} series
 * @param {number | null} bestStep
 * @param {number[]} resumed
 * @returns {Layer[]}
 */
function layersOf(series, bestStep, resumed) {
  const [low, high] = extremes(series.flatMap(({ y }) => [...y])) ?? [NaN, NaN];
  /** @type {Layer[]} */
  const layers = low < high ? resumed.map((step) => ({ kind: "line", x: [step, step], y: [low, high], colour: "--muted", width: 1, dash: [3, 4] })) : [];
  series.forEach(({ x, y, spread }, place) => {
    const colour = seriesColour(place);
    if (spread !== null) layers.push({ kind: "band", x, y: y.map((value, row) => value - (spread[row] ?? NaN)), upper: y.map((value, row) => value + (spread[row] ?? NaN)), colour });
    layers.push({ kind: "line", x, y, colour, width: 1.75, number: place });
    const best = bestStep === null ? -1 : x.indexOf(bestStep);
    // A line of one point is a dot. These are on their lines already, for who points at them.
    const dots = new Set([...alone(y), ...(best < 0 ? [] : [best])]);
    for (const dot of dots) layers.push({ kind: "line", x: x.slice(dot, dot + 1), y: y.slice(dot, dot + 1), colour, width: 5 });
  });
  return layers;
}
