const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Distances of times on an axis, in seconds. */
const STEPS = [1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY];

const timeOfDay = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const withSeconds = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });

/** One lane of a row: `first` has the row's name beside it. @typedef {{name: string, first: boolean}} Lane */

/**
 * Puts spans of time into lanes, so that no two of one lane overlap: as few lanes a name as it takes.
 * @param {string[]} names whose each span is
 * @param {ArrayLike<number>} from
 * @param {ArrayLike<number>} to
 * @returns {{lanes: Lane[], lane: Int32Array}} the lanes, name by name, and the lane of each span
 */
export function pack(names, from, to) {
  const order = names.map((_, place) => place).sort((one, other) => (from[one] ?? 0) - (from[other] ?? 0) || one - other);
  /** Of each name when each of its lanes is free again. @type {Map<string, number[]>} */
  const free = new Map([...new Set(names)].sort((one, other) => one.localeCompare(other, "en", { numeric: true })).map((name) => [name, []]));
  const within = new Int32Array(names.length);
  for (const place of order) {
    const ends = free.get(names[place] ?? "") ?? [];
    const found = ends.findIndex((end) => end <= (from[place] ?? 0));
    within[place] = found < 0 ? ends.length : found;
    ends[within[place] ?? 0] = to[place] ?? 0;
  }
  /** @type {Lane[]} */
  const lanes = [];
  /** @type {Map<string, number>} */
  const begins = new Map();
  for (const [name, ends] of free) {
    begins.set(name, lanes.length);
    ends.forEach((_, place) => lanes.push({ name, first: place === 0 }));
  }
  return { lanes, lane: within.map((place, span) => place + (begins.get(names[span] ?? "") ?? 0)) };
}

/**
 * Round times between two, at most so many, and what is written there in the reader's time zone.
 * @param {number} from seconds since 1970
 * @param {number} to
 * @param {number} most
 * @returns {{at: number, label: string}[]}
 */
export function timeTicks(from, to, most) {
  const least = (to - from) / Math.max(1, most);
  const step = STEPS.find((each) => each >= least) ?? Math.ceil(least / (30 * DAY)) * 30 * DAY;
  const offset = new Date(from * 1000).getTimezoneOffset() * MINUTE;
  const found = [];
  for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to; at += step) {
    const midnight = (at - offset) % DAY === 0;
    const format = midnight ? date : step < MINUTE ? withSeconds : timeOfDay;
    found.push({ at, label: format.format(new Date(at * 1000)) });
  }
  return found;
}
