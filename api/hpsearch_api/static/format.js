/** @typedef {number | "NaN" | "Infinity" | "-Infinity"} WireNumber */

const LOCALE = "en";
const whole = new Intl.NumberFormat(LOCALE);
const dateTime = new Intl.DateTimeFormat(LOCALE, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
  timeZoneName: "short",
});
const wholeDay = new Intl.DateTimeFormat(LOCALE, { weekday: "long", year: "numeric", month: "long", day: "numeric" });
const timeOfDay = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const relativeTime = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto", style: "short" });

/**
 * A number of the wire as a number: "NaN" and the infinities travel as text.
 * @param {WireNumber | null | undefined} value
 * @returns {number | null}
 */
export function real(value) {
  return value === null || value === undefined ? null : Number(value);
}

/**
 * A column of the wire as numbers: NaN where there is nothing.
 * @param {(WireNumber | null)[]} column
 */
export const floats = (column) => Float64Array.from(column, (cell) => real(cell) ?? NaN);

/**
 * A real number with six digits, or an em dash where there is none.
 * @param {WireNumber | null | undefined} value
 */
export function number(value) {
  const found = real(value);
  if (found === null) return "—";
  if (!Number.isFinite(found)) return String(found);
  const size = Math.abs(found);
  if (Number.isInteger(found) && size < 1e6) return String(found);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return found.toExponential(4).replace(/\.?0+e/, "e");
  return String(Number(found.toPrecision(6)));
}

/**
 * A real number with four digits, where there is little room.
 * @param {number} value
 */
export const short = (value) => number(Number(value.toPrecision(4)));

/**
 * A whole number with its thousands apart.
 * @param {number} value
 */
export function count(value) {
  return whole.format(value);
}

/**
 * "1 trial", "2 trials".
 * @param {number} value
 * @param {string} noun
 */
export function many(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/**
 * A parameter's value, or any other small piece of JSON.
 * @param {unknown} value
 */
export function value(value) {
  if (typeof value === "number") return number(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Seconds in at most two units.
 * @param {number | null} seconds
 */
export function duration(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return "—";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  for (const [unit, size, below, least] of UNITS) {
    if (rounded < size) continue;
    const rest = Math.floor((rounded % size) / least);
    return `${Math.floor(rounded / size)} ${unit}${rest ? ` ${rest} ${below}` : ""}`;
  }
  return `${rounded} s`;
}

/** @type {[string, number, string, number][]} */
const UNITS = [
  ["d", 86_400, "h", 3600],
  ["h", 3600, "min", 60],
  ["min", 60, "s", 1],
];

/**
 * A time of the wire in the reader's time zone, which it names.
 * @param {string | null} iso
 */
export function time(iso) {
  return iso === null ? "—" : dateTime.format(new Date(iso));
}

/**
 * The day of a time in the reader's time zone.
 * @param {string} iso
 */
export const day = (iso) => wholeDay.format(new Date(iso));

/**
 * The time of day in the reader's time zone.
 * @param {string} iso
 */
export const clock = (iso) => timeOfDay.format(new Date(iso));

/**
 * How long ago, or in how long, in one unit.
 * @param {string | null} iso
 * @param {number} [now] milliseconds
 */
export function relative(iso, now = Date.now()) {
  if (iso === null) return "—";
  const seconds = (Date.parse(iso) - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 5) return "just now";
  if (size < 60) return relativeTime.format(Math.round(seconds), "second");
  if (size < 3600) return relativeTime.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return relativeTime.format(Math.round(seconds / 3600), "hour");
  return relativeTime.format(Math.round(seconds / 86_400), "day");
}

/**
 * How long ago, in whole seconds or one greater unit.
 * @param {number} seconds
 */
export function ago(seconds) {
  if (seconds < 5) return "just now";
  const found = UNITS.find(([, size]) => seconds >= size);
  return found === undefined ? `${Math.floor(seconds)} s ago` : `${Math.floor(seconds / found[1])} ${found[0]} ago`;
}

/**
 * Bytes in the unit that leaves at most four digits.
 * @param {number} size
 */
export function bytes(size) {
  const unit = BYTES.findLast(([, bytes]) => size >= bytes) ?? ["B", 1];
  return `${Number((size / unit[1]).toPrecision(3))} ${unit[0]}`;
}

/** @type {[string, number][]} */
const BYTES = [
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
];

/**
 * A share as whole percent; what is not quite all is not said to be.
 * @param {number} share from 0 to 1
 */
export function percent(share) {
  return `${share < 1 ? Math.min(Math.round(100 * share), 99) : 100} %`;
}

/**
 * A share in percent, to a tenth.
 * @param {number} share from 0 to 1
 */
export const tenths = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "—");

/**
 * Seconds between two times of the wire, up to now where the second is open.
 * @param {string | null} from
 * @param {string | null} to
 */
export function secondsBetween(from, to) {
  if (from === null) return null;
  return ((to === null ? Date.now() : Date.parse(to)) - Date.parse(from)) / 1000;
}
