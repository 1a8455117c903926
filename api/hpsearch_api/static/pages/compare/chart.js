import { useMemo } from "preact/hooks";

import { Chart } from "../../charts/chart.js";
import { axisOf, kindOf } from "../../charts/choices.js";
import { seriesColour } from "../../charts/colours.js";
import { Legend } from "../../charts/legend.js";
import { Empty } from "../../components/states.js";
import { floats, number } from "../../format.js";
import { html } from "../../html.js";

/** @import { Key } from "../../charts/legend.js" */
/** @import { Axis } from "../../charts/axis.js" */
/** @import { Layer } from "../../charts/layers.js" */
/** @import { Drawn } from "./compared.js" */

/** How a line of one seed is drawn beside the median: hexadecimal, the eighth of opaque and more. */
const FAINT = "66";

/**
 * The best so far of each search; of a repeated one the median over its studies, and between which quartiles they lie.
 * @param {{groups: Drawn[], against: string, scale: string, metric: string}} props
 */
export function BestChart({ groups, against, scale, metric }) {
  const x = axisOf(against);
  const [layers, ends, y] = useMemo(() => {
    const drawn = groups.flatMap((group, place) => layersOf(group, place, seriesColour(place)));
    const values = drawn.flatMap((layer) => (layer.kind === "cells" || layer.kind === "band" ? [] : Array.from(layer.y)));
    return [drawn, values, /** @type {Axis} */ ({ label: metric, kind: kindOf(scale, values) })];
  }, [groups, scale, metric]);
  const silent = groups.flatMap(({ studies, lines }) => studies.filter((_, place) => (lines[place]?.x.length ?? 0) === 0).map(({ name }) => name));
  const positive = ends.some((value) => value > 0);
  if (ends.length === 0) return html`<${Empty} level=${3} title="None of them has a completed trial yet"><p class="muted">Lines begin with the first trial that ends with a number.</p><//>`;
  return html`<${Legend} label="Searches" keys=${groups.map(keyOf)} />
    <${Chart}
      label=${`Best ${metric} so far of ${groups.map(({ name }) => name).join(", ")} against ${x.label}.`}
      height=${340}
      x=${x}
      y=${y}
      layers=${layers}
      names=${(/** @type {number} */ place) => groups[place]?.name ?? ""}
      rows=${{ columns: ["Search", "Study", x.label, `Best ${metric}`], rows: () => rowsOf(groups) }}
    />
    ${silent.length > 0 && html`<p class="muted small">No line yet, for want of a completed trial: ${silent.join(", ")}.</p>`}
    ${scale === "log" && !positive && html`<p class="muted small" role="status">No value is positive, so none shows on a logarithmic scale.</p>`}`;
}

/** @param {Drawn} group @param {number} place @returns {Key} */
const keyOf = ({ name, studies, spread }, place) => ({
  label: spread === null ? name : html`${name} <span>median and quartiles of ${studies.length} seeds</span>`,
  colour: seriesColour(place),
  kind: "line",
});

/** @param {Drawn} group @param {number} place @param {string} colour @returns {Layer[]} */
function layersOf({ lines, spread }, place, colour) {
  const begun = lines.filter(({ x }) => x.length > 0);
  const steps = begun.map(({ x, y }) => /** @type {Layer} */ ({ kind: "steps", x: floats(x), y: floats(y), colour, width: 2.2, number: place }));
  if (spread === null || begun.length === 0) return steps;
  const x = floats(spread.x);
  return [
    { kind: "band", x, y: floats(spread.lower), upper: floats(spread.upper), colour },
    ...begun.map((line) => /** @type {Layer} */ ({ kind: "steps", x: floats(line.x), y: floats(line.y), colour: colour + FAINT, width: 1 })),
    { kind: "steps", x, y: floats(spread.median), colour, width: 2.6, number: place },
  ];
}

/** @param {Drawn[]} groups @returns {(string | number)[][]} */
function rowsOf(groups) {
  return groups.flatMap(({ name, studies, lines }) =>
    studies.flatMap((study, place) => (lines[place]?.x ?? []).map((x, at) => [name, study.name, number(x), number(lines[place]?.y[at])])),
  );
}
