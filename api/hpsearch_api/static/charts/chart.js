import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";

import { html } from "../html.js";
import { extent, told } from "./axis.js";
import { useColours } from "./colours.js";
import { draw, nearest } from "./layers.js";
import { logTicks } from "./ticks.js";

/** @import { Axis } from "./axis.js" */
/** @import { Colours } from "./colours.js" */
/** @import { Layer, Marks, Projection } from "./layers.js" */

/** How near to a point one must be, in pixels of the style sheet. */
const REACH = 18;
/** Rows of the table that stands for a chart. */
const MOST_ROWS = 200;
/** @type {Marks} */
const NONE = { mask: null, picked: new Set() };

/** The numbers behind a chart, for who does not see it. @typedef {{columns: string[], rows: () => (string | number)[][]}} Rows */
/** A box that was drawn on a chart, in values of its axes. @typedef {{x: [number, number], y: [number, number]}} Box */
/**
 * @typedef {object} ChartProps
 * @property {string} label what it shows, in a sentence
 * @property {Axis} x
 * @property {Axis} y
 * @property {Layer[]} layers with the same array until something changed
 * @property {Rows} rows
 * @property {number} [height] in pixels
 * @property {Marks} [marks] which trials stand out
 * @property {(number: number) => string} [names] what the numbers of layers stand for, where not for trials
 * @property {(number: number) => string[]} [about] lines about a trial that is pointed at
 * @property {(number: number) => void} [onPick] a trial was clicked, or entered by the keyboard
 * @property {(box: Box | null) => void} [onBox] a box was drawn; null: it was taken back by a double click
 * @property {any} [children] what stands below it, such as its legend
 */

/**
 * Layers over two axes. Who points at a trial, or goes from one to the next with the arrow keys, is told about it.
 * @param {ChartProps} props
 */
export function Chart(props) {
  const { label, x, y, layers, rows, height = 280, marks = NONE } = props;
  const colours = useColours();
  const [at, setAt] = useState(/** @type {ReturnType<typeof nearest>} */ (null));
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {uPlot | null} */ (null));
  const latest = useRef({ ...props, marks, colours, setAt, at });
  latest.current = { ...props, marks, colours, setAt, at };
  const shape = JSON.stringify([x, y]);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const made = new uPlot(options(element.clientWidth, height, latest), [[1, 2], [1, 2]], element);
    plot.current = made;
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height });
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, colours, height]);

  const order = useMemo(() => walk(layers), [layers]);

  useEffect(() => {
    const made = plot.current;
    if (made === null) return;
    made.batch(() => made.setData([[1, 2], [1, 2]]));
    // What is pointed at stays so while others change.
    setAt((before) => {
      const same = order.find(({ number, x, y }) => number === before?.number && x === before.x && y === before.y);
      const to = projection(made, colours);
      return same === undefined ? null : { ...same, left: to.x(same.x), top: to.y(same.y) };
    });
  }, [layers, marks]);

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const here = order.findIndex((point) => point.number === at?.number && point.x === at?.x);
    const moves = { ArrowRight: here + 1, ArrowLeft: here < 0 ? order.length - 1 : here - 1, Home: 0, End: order.length - 1 };
    if (event.key === "Escape") setAt(null);
    else if (event.key === "Enter" && at !== null) props.onPick?.(at.number);
    else if (event.key in moves && plot.current !== null) {
      const next = order[Math.min(order.length - 1, Math.max(0, moves[/** @type {keyof typeof moves} */ (event.key)]))];
      const to = projection(plot.current, colours);
      if (next !== undefined) setAt({ ...next, left: to.x(next.x), top: to.y(next.y) });
    } else return;
    event.preventDefault();
  }

  return html`<figure class="chart">
    <div class="chart-frame" tabindex="0" role="application" aria-label=${`${label} ${props.onPick ? "Arrow keys go from trial to trial, Enter picks one." : "Arrow keys go from point to point."}`} onKeyDown=${onKeyDown} onBlur=${() => setAt(null)}>
      <div ref=${frame} class="chart-canvas" aria-hidden="true"></div>
      <${Tip} at=${at} plot=${plot.current} x=${x} y=${y} names=${props.names} about=${props.about} />
    </div>
    ${props.children}
    <${RowsTable} label=${label} rows=${rows} />
  </figure>`;
}

/** @param {{at: ReturnType<typeof nearest>, plot: uPlot | null, x: Axis, y: Axis, names: ChartProps["names"], about: ChartProps["about"]}} props */
function Tip({ at, plot, x, y, names, about }) {
  if (at === null || plot === null) return html`<div class="sr-only" aria-live="polite"></div>`;
  const ratio = devicePixelRatio;
  const [left, top] = [at.left / ratio, at.top / ratio];
  const words = [`${x.label} ${told(x, at.x)}`, `${y.label} ${told(y, at.y)}`, ...(about?.(at.number) ?? [])];
  const right = left > plot.width / 2;
  const place = { left: `${left}px`, top: `${top}px` };
  return html`<div class="chart-mark" style=${place}></div>
    <div class=${`chart-tip ${right ? "chart-tip-left" : ""}`} style=${place} aria-live="polite">
      ${at.number >= 0 && html`<strong>${names?.(at.number) ?? `Trial ${at.number}`}</strong>`}
      ${words.map((line) => html`<span key=${line}>${line}</span>`)}
    </div>`;
}

/**
 * The numbers behind a chart as a table that opens.
 * @param {{label: string, rows: Rows}} props
 */
export function RowsTable({ label, rows: { columns, rows } }) {
  const [open, setOpen] = useState(false);
  /** @param {Event & {currentTarget: HTMLDetailsElement}} event */
  const onToggle = (event) => setOpen(event.currentTarget.open);
  const found = open ? rows() : [];
  return html`<details class="chart-rows" onToggle=${onToggle}>
    <summary>As a table</summary>
    ${open &&
    html`<div class="table-frame" tabindex="0" role="region" aria-label=${label}>
      <table class="table">
        <thead><tr>${columns.map((column) => html`<th key=${column} scope="col">${column}</th>`)}</tr></thead>
        <tbody>
          ${found.slice(0, MOST_ROWS).map((cells, place) => html`<tr key=${place}>${cells.map((cell, column) => html`<td key=${column}>${cell}</td>`)}</tr>`)}
        </tbody>
      </table>
    </div>
    ${found.length > MOST_ROWS && html`<p class="muted small">The first ${MOST_ROWS} of ${found.length}.</p>`}`}
  </details>`;
}

/**
 * @param {uPlot} plot
 * @param {Colours} colours
 * @returns {Projection}
 */
function projection(plot, colours) {
  const { x, y } = /** @type {Required<typeof plot.scales>} */ (plot.scales);
  /** @param {uPlot.Scale | undefined} scale @param {string} key */
  const along = (scale, key) => (/** @type {number} */ found) => (scale?.distr === 3 && found <= 0 ? NaN : plot.valToPos(found, key, true));
  return { x: along(x, "x"), y: along(y, "y"), ratio: devicePixelRatio, colours };
}

/**
 * The points of all trials from left to right, as the arrow keys go.
 * @param {Layer[]} layers
 */
function walk(layers) {
  const found = layers.flatMap((layer) => {
    if (layer.kind === "band" || layer.kind === "cells" || layer.number === undefined) return [];
    const { number } = layer;
    return Array.from(layer.x, (x, place) => ({ number: (typeof number === "number" ? number : number[place]) ?? -1, x, y: layer.y[place] ?? NaN }));
  });
  return found.filter(({ x, y }) => Number.isFinite(x + y)).sort((one, other) => one.x - other.x || one.number - other.number);
}

/** @type {uPlot.Axis.Splits} */
const logSplits = (plot, axis, low, high) => logTicks(low, high, Math.max(4, axis === 0 ? plot.width / 110 : plot.height / 50));

/**
 * @param {number} width
 * @param {number} height
 * @param {{current: ChartProps & {marks: Marks, colours: Colours, setAt: (at: ReturnType<typeof nearest>) => void, at: ReturnType<typeof nearest>}}} latest
 * @returns {uPlot.Options}
 */
function options(width, height, latest) {
  const { colours } = latest.current;
  /** @param {"x" | "y"} side @returns {uPlot.Scale} */
  const scale = (side) => ({
    time: false,
    distr: latest.current[side].kind === "log" ? 3 : 1,
    auto: true,
    range: () => extent(latest.current[side], latest.current.layers, side),
  });
  /** @param {"x" | "y"} side @returns {uPlot.Axis} */
  const axis = (side) => {
    const described = latest.current[side];
    return {
      label: described.label,
      stroke: colours("--muted"),
      grid: { stroke: colours("--line"), width: 1 },
      ticks: { stroke: colours("--line"), width: 1 },
      font: "12px system-ui",
      labelFont: "12px system-ui",
      labelSize: 20,
      size: side === "x" ? 34 : 64,
      ...(described.kind === "choices" ? { splits: () => (described.choices ?? []).map((_, place) => place) } : {}),
      ...(described.kind === "log" ? { splits: logSplits, filter: (_, splits) => splits } : {}),
      values: (_, splits) => splits.map((split) => (split === null ? "" : told(described, split))),
    };
  };
  return {
    width,
    height,
    legend: { show: false },
    scales: { x: scale("x"), y: scale("y") },
    axes: [axis("x"), axis("y")],
    series: [{}, { paths: () => null, points: { show: false } }],
    cursor: { x: false, y: false, points: { show: false }, drag: { x: true, y: true, uni: 12, setScale: false } },
    hooks: {
      draw: [
        (plot) => {
          const { layers, marks } = latest.current;
          const to = projection(plot, latest.current.colours);
          const { left, top, width: across, height: up } = plot.bbox;
          plot.ctx.save();
          plot.ctx.beginPath();
          plot.ctx.rect(left, top, across, up);
          plot.ctx.clip();
          for (const layer of layers) draw(plot.ctx, layer, to, marks);
          plot.ctx.restore();
        },
      ],
      setCursor: [
        (plot) => {
          const { left = -1, top = -1 } = plot.cursor;
          const { layers, marks, colours: now, setAt } = latest.current;
          if (left < 0) return setAt(null);
          const ratio = devicePixelRatio;
          const place = { left: left * ratio + plot.bbox.left, top: top * ratio + plot.bbox.top };
          return setAt(nearest(layers, projection(plot, now), marks, place, REACH * ratio));
        },
      ],
      setSelect: [
        (plot) => {
          const { left, top, width: across, height: up } = plot.select;
          if (across + up < 4) return;
          /** @type {Box} */
          const box = {
            x: across < 2 ? [-Infinity, Infinity] : [plot.posToVal(left, "x"), plot.posToVal(left + across, "x")],
            y: up < 2 ? [-Infinity, Infinity] : [plot.posToVal(top + up, "y"), plot.posToVal(top, "y")],
          };
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          latest.current.onBox?.(box);
        },
      ],
      ready: [
        (plot) => {
          plot.over.addEventListener("click", () => {
            const { at, onPick } = latest.current;
            if (at !== null && at.number >= 0) onPick?.(at.number);
          });
          plot.over.addEventListener("dblclick", () => latest.current.onBox?.(null));
        },
      ],
    },
  };
}
