import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { html } from "../html.js";
import { sorting } from "./table.js";

/** Heights in pixels, as the style sheet has them. */
const ROW = 34;
const HEAD = 34;
/** Rows beyond the window, above and below, that are drawn too. */
const BEYOND = 8;
/** The width of the first column, in pixels. */
const FIRST = 112;

/** A column; `cell` draws it for a row, `width` is its least, in pixels. @typedef {{name: string, label: string, width: number, right: boolean, cell: (row: number) => any}} Column */
/**
 * @typedef {object} VirtualTableProps
 * @property {string} caption
 * @property {string} first the heading of the first column, which stays where it is when the others scroll
 * @property {Column[]} columns
 * @property {Uint32Array} rows their numbers, in the order in which they are shown
 * @property {string} view what is shown, and how: another one begins at its top. While it is the same, the rows that are seen stay where they are.
 * @property {string} sort the name of a column, with - before it for descending
 * @property {(sort: string) => void} onSort
 * @property {Set<number>} picked
 * @property {(row: number) => void} onPick
 * @property {(row: number) => string} href the page of a row
 * @property {(row: number) => void} onOpen
 * @property {{row: number} | null} at the row to go to; another object goes again
 */

/**
 * A table of any number of rows, of which those are drawn that are seen. Arrows, Page Up and Down, Home and End move between rows, Enter opens one, the
 * space bar picks it.
 * @param {VirtualTableProps} props
 */
export function VirtualTable(props) {
  const { caption, columns, rows, view, picked, at } = props;
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [seen, setSeen] = useState({ first: 0, count: 20 });
  const [active, setActive] = useState(-1);
  /** The row that gets the focus once it is drawn. */
  const focus = useRef(-1);
  const before = useRef({ view, rows });

  const look = useCallback(() => {
    const element = frame.current;
    if (element === null) return;
    const next = { first: Math.floor(element.scrollTop / ROW), count: Math.ceil((element.clientHeight - HEAD) / ROW) + 1 };
    setSeen((now) => (now.first === next.first && now.count === next.count ? now : next));
  }, []);

  useLayoutEffect(() => {
    const sizes = new ResizeObserver(look);
    if (frame.current !== null) sizes.observe(frame.current);
    return () => sizes.disconnect();
  }, []);

  useLayoutEffect(() => {
    const [element, last] = [frame.current, before.current];
    if (element === null || last.rows === rows) return;
    before.current = { view, rows };
    if (last.view !== view) element.scrollTop = 0;
    // Who looks at the top wants to see what comes there.
    else if (element.scrollTop > 0 || element.querySelector("[data-row]:focus-within") !== null) {
      element.scrollTop += ROW * shift(last.rows, rows, seen);
    }
    look();
  }, [rows, view]);

  /** @param {number} place @param {"near" | "middle"} where */
  function show(place, where) {
    const element = frame.current;
    if (element === null) return;
    const height = element.clientHeight - HEAD;
    const top = place * ROW;
    if (where === "middle") element.scrollTop = top - (height - ROW) / 2;
    else if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW > element.scrollTop + height) element.scrollTop = top + ROW - height;
    focus.current = rows[place] ?? -1;
    setActive(focus.current);
    look();
  }

  useLayoutEffect(() => {
    const place = at === null ? -1 : rows.indexOf(at.row);
    if (place >= 0) show(place, "middle");
  }, [at]);

  useLayoutEffect(() => {
    const row = focus.current < 0 ? null : frame.current?.querySelector(`[data-row="${focus.current}"]`);
    if (!(row instanceof HTMLElement)) return;
    focus.current = -1;
    row.focus({ preventScroll: true });
  });

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const row = rowOf(event);
    if (row === null || event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, seen.count - 2);
    const here = rows.indexOf(row);
    const moves = { ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + page, PageUp: here - page, Home: 0, End: rows.length - 1 };
    const on = event.target instanceof Element && event.target.hasAttribute("data-row");
    if (event.key in moves) {
      const next = moves[/** @type {keyof typeof moves} */ (event.key)];
      show(Math.max(0, Math.min(rows.length - 1, next)), "near");
    } else if (on && event.key === "Enter") props.onOpen(row);
    else if (on && event.key === " ") props.onPick(row);
    else return;
    event.preventDefault();
  }

  /** @param {FocusEvent} event */
  const onFocusIn = (event) => setActive(rowOf(event) ?? active);

  const template = `${FIRST}px ${columns.map(({ width }) => `minmax(${width}px, 1fr)`).join(" ")}`;
  const width = columns.reduce((sum, column) => sum + column.width, FIRST);
  const drawn = useMemo(() => placesOf(rows, seen, active), [rows, seen, active]);
  // The row that the Tab key comes to.
  const entry = drawn.some(({ row }) => row === active) ? active : rows[Math.min(seen.first, rows.length - 1)];
  const headings = [{ name: "number", label: props.first, right: false }, ...columns];

  return html`<div
    ref=${frame}
    class="grid"
    role="grid"
    aria-label=${caption}
    aria-rowcount=${rows.length + 1}
    aria-colcount=${columns.length + 1}
    aria-multiselectable="true"
    style=${{ "--grid-columns": template, "--grid-width": `${width}px` }}
    onScroll=${look}
    onKeyDown=${onKeyDown}
    onFocusIn=${onFocusIn}
  >
    <div class="grid-row grid-head" role="row" aria-rowindex="1">
      ${headings.map(({ name, label, right }, place) => {
        const { order, button } = sorting(name, label, props.sort, props.onSort);
        const kind = place === 0 ? "grid-first" : right ? "right" : "";
        return html`<div key=${name} role="columnheader" class=${kind} aria-sort=${order}>${button}</div>`;
      })}
    </div>
    <div class="grid-body" role="rowgroup" style=${{ height: `${rows.length * ROW}px` }}>
      ${drawn.map(
        ({ row, place }) =>
          html`<${Row} key=${row} row=${row} place=${place} columns=${columns} picked=${picked.has(row)} isEntry=${row === entry} href=${props.href(row)} onPick=${props.onPick} />`,
      )}
    </div>
  </div>`;
}

/** @param {{row: number, place: number, columns: Column[], picked: boolean, isEntry: boolean, href: string, onPick: (row: number) => void}} props */
function Row({ row, place, columns, picked, isEntry, href, onPick }) {
  const tab = isEntry ? 0 : -1;
  const cells = useMemo(() => columns.map(({ name, right, cell }) => html`<div key=${name} role="gridcell" class=${right ? "right" : ""}>${cell(row)}</div>`), [row, columns]);
  return useMemo(
    () =>
      html`<div
        class=${picked ? "grid-row grid-picked" : "grid-row"}
        role="row"
        aria-rowindex=${place + 2}
        aria-selected=${picked ? "true" : "false"}
        data-row=${row}
        tabindex=${tab}
        style=${{ transform: `translateY(${place * ROW}px)` }}
      >
        <div role="rowheader" class="grid-first">
          <input type="checkbox" tabindex=${tab} aria-label=${`Pick ${row}`} checked=${picked} onChange=${() => onPick(row)} />
          <a class="row-link" tabindex=${tab} href=${href}>${row}</a>
        </div>
        ${cells}
      </div>`,
    // Rows are drawn for each step of a scroll: the same tree again is passed over.
    [cells, place, picked, tab, href, onPick],
  );
}

/** @param {Event} event @returns {number | null} */
function rowOf(event) {
  const element = event.target instanceof Element ? event.target.closest("[data-row]") : null;
  return element instanceof HTMLElement ? Number(element.dataset.row) : null;
}

/**
 * The rows to draw with their places: those around the window, and the one that has the focus, which must not vanish from under it.
 * @param {Uint32Array} rows @param {{first: number, count: number}} seen @param {number} active
 */
function placesOf(rows, { first, count }, active) {
  const from = Math.max(0, Math.min(first, rows.length - count) - BEYOND);
  const to = Math.min(rows.length, first + count + BEYOND);
  const drawn = Array.from(rows.subarray(from, to), (row, place) => ({ row, place: from + place }));
  const place = active < 0 || drawn.some(({ row }) => row === active) ? -1 : rows.indexOf(active);
  if (place < 0) return drawn;
  return place < from ? [{ row: active, place }, ...drawn] : [...drawn, { row: active, place }];
}

/**
 * By how many places the rows that are seen have moved: the median, for single ones may have gone elsewhere.
 * @param {Uint32Array} before @param {Uint32Array} after @param {{first: number, count: number}} seen
 */
function shift(before, after, { first, count }) {
  const places = new Map(Array.from(before.subarray(first, first + count), (row, place) => [row, first + place]));
  /** @type {number[]} */
  const moved = [];
  after.forEach((row, place) => {
    const old = places.get(row);
    if (old !== undefined) moved.push(place - old);
  });
  return moved.sort((one, other) => one - other)[Math.floor(moved.length / 2)] ?? 0;
}
