/** @import { WorkerView } from "../../wire.js" */

/** Workers that were heard of within so many seconds are shown; what is older is asked for. */
export const PRESENT_SECONDS = 86_400;

/** The order without another choice: by name, those that are silent after the others. */
export const FIRST = "name";

/** What workers are sorted by. @type {Record<string, (worker: WorkerView) => string | number | null>} */
const KEYS = {
  name: ({ name }) => name.toLowerCase(),
  lanes: ({ told }) => told.occupancy ?? (told.busy !== null && told.lanes ? told.busy / told.lanes : null),
  memory: ({ told }) => fullest(told.device_memory),
  rate: ({ told }) => told.trials_per_minute,
  failed: ({ failed }) => failed,
  seen: ({ silent_seconds: silent }) => silent,
};

/** @param {WorkerView["told"]["device_memory"]} devices */
function fullest(devices) {
  return devices.length === 0 ? null : Math.max(...devices.map(({ used_bytes: used, total_bytes: total }) => used / total));
}

/**
 * The workers in this order: the name of a key, with - before it for descending. What has no value comes last.
 * @param {WorkerView[]} workers
 * @param {string} sort
 */
export function ordered(workers, sort) {
  const turned = sort.startsWith("-") ? -1 : 1;
  const key = KEYS[sort.replace(/^-/, "")] ?? KEYS["name"];
  if (key === undefined) return workers;
  const byName = [...workers].sort((a, b) => natural.compare(a.name, b.name));
  return byName.sort((a, b) => {
    if (sort === FIRST && a.is_silent !== b.is_silent) return Number(a.is_silent) - Number(b.is_silent);
    const [left, right] = [key(a), key(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === "string" && typeof right === "string") return turned * natural.compare(left, right);
    return turned * (left < right ? -1 : left > right ? 1 : 0);
  });
}

const natural = new Intl.Collator("en", { numeric: true });
