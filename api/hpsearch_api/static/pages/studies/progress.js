/** @import { StudyView } from "../../wire.js" */

/** Below so many finished trials, or seconds, nobody can say how fast a study is. */
const LEAST_TRIALS = 3;
const LEAST_SECONDS = 5;

/**
 * How far a study is. `done`: trials in a final state; `total`: those of its budget or grid, null without a limit;
 * `share` of what ends it first, 0 to 1, null without any limit; `perMinute`: finished trials in a minute of its active time;
 * `secondsLeft` while it is active. Null is what cannot be said yet.
 * @typedef {{done: number, total: number | null, share: number | null, perMinute: number | null, secondsLeft: number | null}} Progress
 */

/**
 * @param {StudyView} study
 * @returns {Progress}
 */
export function progressOf(study) {
  const { counts, definition, active_seconds: seconds } = study;
  const done = counts.completed + counts.pruned + counts.failed + counts.cancelled;
  const { max_trials: trials, max_seconds: most } = definition.budget;
  const total = smallest(trials, study.grid_size);
  const known = done >= LEAST_TRIALS && seconds >= LEAST_SECONDS;
  const perMinute = known ? (60 * done) / seconds : null;
  const byTrials = total === null || perMinute === null ? null : (60 * (total - done)) / perMinute;
  const bySeconds = most === null ? null : Math.max(0, most - seconds); // time goes on until the next look at it
  const shares = [total === null ? null : done / total, most === null ? null : seconds / most];
  const found = shares.filter((share) => share !== null);
  return {
    done,
    total,
    share: found.length === 0 ? null : Math.min(1, Math.max(...found)),
    perMinute,
    secondsLeft: study.state === "active" ? smallest(byTrials, bySeconds) : null,
  };
}

/**
 * @param {number | null} a
 * @param {number | null} b
 */
function smallest(a, b) {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
