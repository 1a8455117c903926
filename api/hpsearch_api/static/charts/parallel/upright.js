import { useEffect, useRef, useState } from "preact/hooks";

import { Menu } from "../../components/menu.js";
import { number, value } from "../../format.js";
import { html } from "../../html.js";
import { logTicks, ticks } from "../ticks.js";
import { shareOf } from "./axes.js";
import { drag, grab, rangeAt, sharesOf } from "./brush.js";

/** @import { Choice } from "../../components/menu.js" */
/** @import { Span, Upright } from "./axes.js" */
/** @import { Hold } from "./brush.js" */

/** How near to an end of a range one takes hold of it, in pixels. */
const REACH = 7;
/** How far a title is moved before it is dragged and not clicked. */
const SLIP = 6;
/** How far the arrow keys move a range. */
const STEP = 0.02;

/** About so many marks has an axis. */
const MARKS = 7;

/** @typedef {[number, number] | null} Range */
/**
 * @typedef {object} UprightProps
 * @property {Upright} axis
 * @property {number} left in pixels
 * @property {number} room between two axes
 * @property {Span} span
 * @property {Range} range that is selected of it
 * @property {Choice[]} choices what can be done with it
 * @property {(range: Range, isOver: boolean) => void} onRange while it is dragged, and when that is over
 * @property {(by: number) => void} onMove so many places to the right
 */

/**
 * An axis: its title, which is dragged sideways or moved by the arrow keys, its marks, and its range, which is dragged on it.
 * @param {UprightProps} props
 */
export function UprightAxis(props) {
  const { axis, left, room, span } = props;
  return html`<div class="upright" style=${{ left: `${left}px`, "--room": `${room}px` }} role="group" aria-label=${axis.label}>
    <${Title} ...${props} />
    <div class="upright-line" style=${{ top: `${span.top}px`, height: `${span.foot - span.top}px` }}></div>
    <div aria-hidden="true">
      ${marksOf(axis).map((mark) => {
        const text = axis.kind === "choices" ? value(axis.choices[mark]) : number(mark);
        const top = span.foot - shareOf(axis, mark) * (span.foot - span.top);
        return html`<span key=${mark} class="upright-mark" style=${{ top: `${top}px` }} title=${text}>${text}</span>`;
      })}
    </div>
    <${Brush} ...${props} />
  </div>`;
}

/**
 * Where an axis has its marks: all choices as far as there is room.
 * @param {Upright} axis
 * @returns {number[]}
 */
function marksOf({ kind, low, high, whole, choices }) {
  if (kind === "log") return logTicks(low, high, MARKS, whole);
  if (kind === "linear") return ticks(low, high, MARKS, whole);
  const every = Math.ceil(choices.length / (2 * MARKS));
  return choices.flatMap((_, place) => (place % every === 0 ? [place] : []));
}

/** @param {UprightProps} props */
function Title({ axis, room, choices, onMove }) {
  const [by, setBy] = useState(0);
  const isDragged = useRef(false);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const isMoving = useRef(false);

  // An element that moves in its document loses the focus.
  useEffect(() => {
    if (isMoving.current) box.current?.querySelector("button")?.focus();
    isMoving.current = false;
  });

  /**
   * Follows the pointer wherever it goes; a captured one would click on this element, and not on the button in it.
   * @param {PointerEvent} down
   */
  function onDown(down) {
    if (down.button !== 0) return;
    const over = new AbortController();
    let moved = 0;
    isDragged.current = false;
    /** @param {PointerEvent} event */
    function onDrag(event) {
      moved = event.clientX - down.clientX;
      if (Math.abs(moved) >= SLIP) isDragged.current = true;
      if (isDragged.current) setBy(moved);
    }
    /** @param {PointerEvent} event */
    function onEnd(event) {
      over.abort();
      setBy(0);
      if (isDragged.current && event.type === "pointerup") onMove(Math.round(moved / room));
    }
    document.addEventListener("pointermove", onDrag, { signal: over.signal });
    document.addEventListener("pointerup", onEnd, { signal: over.signal });
    document.addEventListener("pointercancel", onEnd, { signal: over.signal });
  }

  /** A title that was dragged is not clicked. @param {Event} event */
  function onClick(event) {
    if (!isDragged.current) return;
    event.stopPropagation();
    isDragged.current = false;
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const isTitle = event.target instanceof Element && event.target.hasAttribute("aria-haspopup");
    if (!isTitle || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
    event.preventDefault();
    isMoving.current = true;
    onMove(event.key === "ArrowLeft" ? -1 : 1);
  }

  return html`<div
    ref=${box}
    class=${by === 0 ? "upright-title" : "upright-title upright-moved"}
    style=${{ translate: `calc(-50% + ${by}px)` }}
    title=${axis.label}
    onPointerDown=${onDown}
    onClickCapture=${onClick}
    onKeyDown=${onKeyDown}
  >
    <${Menu} label=${axis.label} choices=${choices}>${axis.label}<//>
  </div>`;
}

/** @param {UprightProps} props */
function Brush({ axis, span, range, onRange }) {
  const hold = useRef(/** @type {Hold | null} */ (null));
  const shares = range === null ? null : sharesOf(axis, range);
  const high = span.foot - span.top;

  /** @param {PointerEvent & {currentTarget: HTMLElement}} event */
  const shareAt = (event) => 1 - (event.clientY - event.currentTarget.getBoundingClientRect().top) / high;

  /** @param {PointerEvent & {currentTarget: HTMLElement}} event */
  function onDown(event) {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    hold.current = grab(shares, shareAt(event), REACH / high);
  }

  /** @param {PointerEvent & {currentTarget: HTMLElement}} event */
  function onDrag(event) {
    if (hold.current === null) return;
    event.stopPropagation();
    const at = shareAt(event);
    if (Math.abs(at - hold.current.from) * high > 2) onRange(rangeAt(axis, drag(hold.current, at)), false);
  }

  /** @param {PointerEvent & {currentTarget: HTMLElement}} event */
  function onUp(event) {
    if (hold.current === null) return;
    const at = shareAt(event);
    if (Math.abs(at - hold.current.from) * high > 2) onRange(rangeAt(axis, drag(hold.current, at)), true);
    hold.current = null;
  }

  function onLost() {
    if (hold.current !== null) onRange(range, true);
    hold.current = null;
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.key === "Delete" || event.key === "Backspace") onRange(null, true);
    else if (shares !== null && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const step = axis.kind === "choices" || axis.whole ? Math.max(STEP, 1 / (axis.high - axis.low)) : STEP;
      onRange(rangeAt(axis, drag({ part: "whole", from: 0.5, range: shares }, event.key === "ArrowUp" ? 0.5 + step : 0.5 - step)), true);
    } else return;
    event.preventDefault();
  }

  const at = shares === null ? null : { top: `${(1 - shares[1]) * high}px`, height: `${Math.max(3, (shares[1] - shares[0]) * high)}px` };
  return html`<div
    class="upright-strip"
    style=${{ top: `${span.top}px`, height: `${high}px` }}
    onPointerDown=${onDown}
    onPointerMove=${onDrag}
    onPointerUp=${onUp}
    onPointerCancel=${onLost}
    onDblClick=${() => onRange(null, true)}
    onClick=${(/** @type {Event} */ event) => event.stopPropagation()}
  >
    ${range !== null &&
    html`<button
      type="button"
      class="upright-range"
      style=${at}
      aria-label=${`Range of ${axis.label}: ${told(axis, range)}. The arrow keys move it, Delete removes it.`}
      onKeyDown=${onKeyDown}
    ></button>`}
  </div>`;
}

/**
 * A range in words.
 * @param {Upright} axis
 * @param {[number, number]} range
 */
function told({ kind, choices }, [low, high]) {
  if (kind !== "choices") return `${number(low)} to ${number(high)}`;
  const chosen = choices.slice(low, high + 1).map(value);
  return chosen.length === 0 ? "none" : chosen.join(", ");
}
