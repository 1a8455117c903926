import { useEffect, useState } from "preact/hooks";

import { theme } from "../theme.js";
import { useStore } from "../store.js";

/** Distinct in both themes, for lines that have no colour of their own: Okabe and Ito's, which most eyes tell apart. */
const SERIES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8f8b1f", "#999999"];

/**
 * The colour of the line at a place among others.
 * @param {number} place
 */
export const seriesColour = (place) => SERIES[place % SERIES.length] ?? "--accent";

/** Of a sequential scale from the least to the greatest: viridis (van der Walt and Smith, 2015), as steady to the eye as to a printer. */
const STOPS = /** @type {const} */ ([
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
]);

/** Steps of the scale as it is drawn. */
const RAMP = 32;

/**
 * A colour of the sequential scale: red, green and blue.
 * @param {number} share from 0 to 1
 */
function partsAt(share) {
  const at = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(at));
  const [from, to] = [STOPS[below] ?? STOPS[0], STOPS[below + 1] ?? STOPS[0]];
  return [0, 1, 2].map((part) => Math.round((from[part] ?? 0) + ((to[part] ?? 0) - (from[part] ?? 0)) * (at - below)));
}

/**
 * The sequential scale for a ground, from 0 to 1, where 1 stands out from it most: bright colours in the dark, dark ones in the light.
 * Red, green and blue.
 * @param {Colours} colours
 * @returns {(share: number) => number[]}
 */
export function rampParts(colours) {
  const [red = 0] = partsOf(colours("--text"));
  return red > 127 ? (share) => partsAt(0.18 + 0.82 * share) : (share) => partsAt(0.93 * (1 - share));
}

/**
 * The same scale as colours for canvases and style sheets, in so many steps that neighbours can hardly be told apart.
 * @param {Colours} colours
 * @returns {(share: number) => string}
 */
export function ramp(colours) {
  const parts = rampParts(colours);
  return (share) => `rgb(${parts(Math.round(share * RAMP) / RAMP).join(" ")})`;
}

/**
 * Red, green and blue of a colour that `Colours` gives.
 * @param {string} colour
 */
export const partsOf = (colour) => (colour.match(/[\d.]+/g) ?? ["127", "127", "127"]).slice(0, 3).map(Number);

/**
 * The colours of the style sheet as a canvas takes them.
 * @typedef {(colour: string) => string} Colours from a variable's name such as "--muted"; other colours stay as they are
 */

/** @returns {Colours} */
function resolved() {
  const probe = document.createElement("span");
  document.body.append(probe);
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const name of ["text", "muted", "line", "raised", "sunken", "accent", "warn", "danger", "completed", "running", "pruned", "failed", "cancelled", "paused", "queued"]) {
    probe.style.color = `var(--${name})`;
    found.set(`--${name}`, getComputedStyle(probe).color);
  }
  probe.remove();
  return (colour) => found.get(colour) ?? colour;
}

/**
 * The colours of the theme that is shown; the component is drawn again when it changes.
 * @returns {Colours}
 */
export function useColours() {
  const chosen = useStore(theme);
  const [colours, setColours] = useState(() => resolved());
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const change = () => setColours(() => resolved());
    change();
    dark.addEventListener("change", change);
    return () => dark.removeEventListener("change", change);
  }, [chosen]);
  return colours;
}
