import { useEffect, useState } from "preact/hooks";

import { theme } from "../theme.js";
import { useStore } from "../store.js";

/** Distinct in both themes, for lines that have no colour of their own: Okabe and Ito's, which most eyes tell apart. */
export const SERIES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8f8b1f", "#999999"];
/** Of a sequential scale from the least to the greatest: viridis (van der Walt and Smith, 2015), as steady to the eye as to a printer. */
const STOPS = /** @type {const} */ ([
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
]);

/**
 * A colour of the sequential scale.
 * @param {number} share from 0 to 1
 */
export function shade(share) {
  const at = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(at));
  const [from, to] = [STOPS[below] ?? STOPS[0], STOPS[below + 1] ?? STOPS[0]];
  const parts = [0, 1, 2].map((part) => Math.round((from[part] ?? 0) + ((to[part] ?? 0) - (from[part] ?? 0)) * (at - below)));
  return `rgb(${parts.join(" ")})`;
}

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
