import { real } from "../../format.js";
import { progressOf } from "./progress.js";

/** @import { StudyView } from "../../wire.js" */

/** What studies are sorted by. @type {Record<string, (study: StudyView) => string | number | null>} */
const KEYS = {
  name: (study) => study.name.toLowerCase(),
  state: (study) => study.state,
  progress: (study) => progressOf(study).share,
  best: (study) => finite(real(study.best_value)),
  rate: (study) => progressOf(study).perMinute,
  created: (study) => Date.parse(study.created_at),
};

/** The order without another choice: the newest first. */
export const NEWEST = "-created";

/** @param {number | null} number */
function finite(number) {
  return number !== null && Number.isFinite(number) ? number : null;
}

/**
 * The studies of a state ("" for all) whose name, description or objective has every word of `query`, in order. What has no value comes last.
 * @param {StudyView[]} studies
 * @param {{query: string, state: string, sort: string}} wanted
 */
export function chosen(studies, { query, state, sort }) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = studies.filter((study) => {
    const text = `${study.name} ${study.definition.description} ${study.definition.objective}`.toLowerCase();
    return (state === "" || study.state === state) && words.every((word) => text.includes(word));
  });
  const turned = sort.startsWith("-") ? -1 : 1;
  const key = KEYS[sort.replace(/^-/, "")] ?? KEYS["created"];
  if (key === undefined) return found;
  return found.sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return turned * (left < right ? -1 : left > right ? 1 : 0);
  });
}
