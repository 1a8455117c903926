import { html } from "./html.js";

/** Strokes in a square of 16 by 16. */
const SHAPES = {
  studies: "M2.5 13.5v-11M2.5 13.5h11M5.5 10l2.5-3 2 1.5 3-4.5",
  workers: "M3 3.5h10v6H3zM6 12.5h4M8 9.5v3",
  compare: "M2.5 13.5v-5M6.2 13.5v-9M9.8 13.5v-6M13.5 13.5v-11",
  plus: "M8 3v10M3 8h10",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  close: "M4 4l8 8M12 4l-8 8",
  up: "M8 12.5v-9M4.5 7L8 3.5 11.5 7",
  down: "M8 3.5v9M4.5 9L8 12.5 11.5 9",
  copy: "M6 6h7.5v7.5H6zM10 6V2.5H2.5V10H6",
};

/**
 * A small drawing beside a text; it says nothing to screen readers.
 * @param {{name: keyof typeof SHAPES}} props
 */
export function Icon({ name }) {
  return html`<svg class="icon icon-${name}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d=${SHAPES[name]} />
  </svg>`;
}
