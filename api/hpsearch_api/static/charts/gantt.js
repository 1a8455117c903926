import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { Button } from "../components/button.js";
import { html } from "../html.js";
import { across, barAt, drawBars, LANE, timeAt } from "./bars.js";
import { RowsTable } from "./chart.js";
import { useColours } from "./colours.js";
import { timeTicks } from "./lanes.js";

/** @import { Bar, View } from "./bars.js" */
/** @import { Rows } from "./chart.js" */
/** @import { Lane } from "./lanes.js" */
/** @import { Marks } from "./layers.js" */

/** The most that is seen at once, in pixels. */
const TALL = 420;
/** A drag that is shorter is a click. */
const DRAG = 6;

/**
 * @typedef {object} GanttProps
 * @property {string} label what it shows, in a sentence
 * @property {Lane[]} lanes
 * @property {Bar[]} bars with the same array until something changed
 * @property {[number, number]} span from when to when, in seconds since 1970
 * @property {Marks} marks which trials stand out
 * @property {(place: number) => string[]} about a heading and lines about a bar
 * @property {(number: number) => void} onPick a trial was clicked, or entered by the keyboard
 * @property {Rows} rows
 * @property {any} [children] what stands below it, such as its legend
 */

/**
 * Spans of time in lanes. A drag shows a part of the time; the arrow keys go from bar to bar, and from lane to lane.
 * @param {GanttProps} props
 */
export function Gantt({ label, lanes, bars, span, marks, about, onPick, rows, children }) {
  const colours = useColours();
  const scroller = useRef(/** @type {HTMLDivElement | null} */ (null));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const drag = useRef(/** @type {number | null} */ (null));
  const [width, setWidth] = useState(0);
  const [top, setTop] = useState(0);
  const [pointed, setPointed] = useState(/** @type {Bar | null} */ (null));
  const [part, setPart] = useState(/** @type {[number, number] | null} */ (null));
  const [pulled, setPulled] = useState(/** @type {[number, number] | null} */ (null));
  const [from, to] = part ?? span;
  // The same attempt may have another place after a change.
  const at = pointed === null ? -1 : bars.findIndex(({ number, from: begun }) => number === pointed.number && begun === pointed.from);
  const setAt = (/** @type {number} */ place) => setPointed(bars[place] ?? null);
  /** @type {View} */
  const view = { width, height: Math.min(TALL, lanes.length * LANE), top, gutter: width < 560 ? 84 : 168, from, to };
  const ticks = useMemo(() => timeTicks(from, to, Math.max(2, (width - view.gutter) / 90)), [from, to, width]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
  useEffect(() => {
    const [element, ratio] = [canvas.current, devicePixelRatio];
    const context = element?.getContext("2d");
    if (!element || !context || width === 0) return;
    element.width = Math.round(width * ratio);
    element.height = Math.round(view.height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawBars(context, view, { lanes, bars, ticks, marks, colours, at });
  }, [lanes, bars, ticks, marks, colours, at, width, view.height, top]);

  /** @param {PointerEvent} event */
  function placeOf(event) {
    const box = /** @type {HTMLCanvasElement} */ (canvas.current).getBoundingClientRect();
    return { left: event.clientX - box.left, up: event.clientY - box.top };
  }
  /** @param {PointerEvent} event */
  function onPointerMove(event) {
    const { left, up } = placeOf(event);
    if (drag.current !== null && Math.abs(left - drag.current) > DRAG) setPulled([Math.min(left, drag.current), Math.max(left, drag.current)]);
    setAt(drag.current === null ? barAt(bars, view, left, up) : -1);
  }
  /** @param {PointerEvent} event */
  function onPointerUp(event) {
    const { left, up } = placeOf(event);
    const bar = bars[barAt(bars, view, left, up)];
    if (pulled !== null) setPart([Math.max(from, timeAt(view, pulled[0])), Math.min(to, timeAt(view, pulled[1]))]);
    else if (drag.current !== null && bar !== undefined) onPick(bar.number);
    drag.current = null;
    setPulled(null);
  }

  function onPointerLeave() {
    drag.current = null;
    setPulled(null);
    setAt(-1);
  }

  /** @param {number} place */
  function goTo(place) {
    const bar = bars[place];
    const element = scroller.current;
    if (bar === undefined || element === null) return;
    if (part !== null && (bar.to < from || bar.from > to)) setPart(null);
    element.scrollTop = Math.min(bar.lane * LANE, Math.max(element.scrollTop, (bar.lane + 1) * LANE - view.height));
    setAt(place);
  }
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const here = bars[at];
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowRight: () => goTo(Math.min(bars.length - 1, at + 1)),
      ArrowLeft: () => goTo(at < 0 ? bars.length - 1 : Math.max(0, at - 1)),
      ArrowDown: () => goTo(beside(bars, at, 1)),
      ArrowUp: () => goTo(beside(bars, at, -1)),
      Home: () => goTo(0),
      End: () => goTo(bars.length - 1),
      Enter: () => here && onPick(here.number),
      Escape: () => (at < 0 ? setPart(null) : setAt(-1)),
    };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    move();
  }

  const bar = bars[at];
  const [heading, ...lines] = bar === undefined ? [] : about(at);
  const left = bar === undefined ? 0 : Math.min(width, Math.max(view.gutter, across(view, bar.from)));
  const place = bar === undefined ? {} : { left: `${left}px`, top: `${(bar.lane + 1) * LANE - top - 8}px` };
  return html`<figure class="chart">
    <div class="chart-frame" tabindex="0" role="application" aria-label=${`${label} Arrow keys go from attempt to attempt and from worker to worker, Enter picks a trial.`} onKeyDown=${onKeyDown} onBlur=${() => setAt(-1)}>
      <div ref=${scroller} class="gantt" style=${{ maxHeight: `${TALL}px` }} onScroll=${() => setTop(scroller.current?.scrollTop ?? 0)}>
        <div style=${{ height: `${lanes.length * LANE}px` }}>
          <canvas
            ref=${canvas}
            aria-hidden="true"
            style=${{ width: `${width}px`, height: `${view.height}px` }}
            onPointerDown=${(/** @type {PointerEvent} */ event) => (drag.current = event.button === 0 ? placeOf(event).left : null)}
            onPointerMove=${onPointerMove}
            onPointerUp=${onPointerUp}
            onPointerLeave=${onPointerLeave}
            onDblClick=${() => setPart(null)}
          ></canvas>
        </div>
      </div>
      ${pulled && html`<div class="gantt-part" style=${{ left: `${pulled[0]}px`, width: `${pulled[1] - pulled[0]}px`, height: `${view.height}px` }}></div>`}
      <div class="gantt-axis" aria-hidden="true">
        ${ticks.map(({ at: second, label: text }) => html`<span key=${second} style=${{ left: `${across(view, second)}px` }}>${text}</span>`)}
      </div>
      ${bar === undefined
        ? html`<div class="sr-only" aria-live="polite"></div>`
        : html`<div class=${`chart-tip ${left > width / 2 ? "chart-tip-left" : ""}`} style=${place} aria-live="polite">
            <strong>${heading}</strong>
            ${lines.map((line) => html`<span key=${line}>${line}</span>`)}
          </div>`}
    </div>
    ${part !== null && html`<p><${Button} onClick=${() => setPart(null)}>Whole time<//></p>`}
    ${children}
    <${RowsTable} label=${label} rows=${rows} />
  </figure>`;
}

/**
 * The bar of the next lane that begins nearest to this one.
 * @param {Bar[]} bars
 * @param {number} at
 * @param {1 | -1} way
 */
function beside(bars, at, way) {
  const here = bars[at] ?? { lane: way > 0 ? -1 : Infinity, from: 0 };
  let found = at;
  let least = [Infinity, Infinity];
  bars.forEach(({ lane, from }, place) => {
    const distance = [(lane - here.lane) * way, Math.abs(from - here.from)];
    const nearer = distance[0] === least[0] ? (distance[1] ?? 0) < (least[1] ?? 0) : (distance[0] ?? 0) < (least[0] ?? 0);
    if ((distance[0] ?? 0) > 0 && nearer) [found, least] = [place, distance];
  });
  return found;
}
