import { value } from "../../format.js";

/** Choices that are written out. */
const MOST = 12;

/**
 * Where a value is in a parameter's range, from 0 to 1 on the parameter's own scale; null where it has no place.
 * @param {any} parameter as a study file has it
 * @param {unknown} found
 * @returns {number | null}
 */
export function shareOf({ type, low, high, log }, found) {
  if ((type !== "float" && type !== "int") || typeof found !== "number" || !(high > low)) return null;
  const share = log ? Math.log(found / low) / Math.log(high / low) : (found - low) / (high - low);
  return Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : null;
}

/**
 * A parameter's range in words.
 * @param {any} parameter as a study file has it
 */
export function written({ type, low, high, log, step, choices, value: only, when }) {
  const condition = when ? `, where ${Object.entries(when).map(([name, values]) => `${name} is ${[values].flat().map(value).join(" or ")}`).join(" and ")}` : "";
  return `${range()}${condition}`;

  function range() {
    if (type === "constant") return `always ${value(only)}`;
    if (type === "categorical") return `one of ${choices.slice(0, MOST).map(value).join(", ")}${choices.length > MOST ? ` and ${choices.length - MOST} more` : ""}`;
    const apart = step && !(type === "int" && step === 1) ? `, in steps of ${value(step)}` : "";
    return `${value(low)} to ${value(high)}${log ? ", logarithmic" : ""}${apart}`;
  }
}
