import { choicesOf } from "./table.js";

/** @import { Study, TrialState } from "../wire.js" */
/** @import { TrialTable } from "./table.js" */

/** @typedef {"=" | "!=" | "<" | "<=" | ">" | ">="} Operator */
/** What must hold of a column, as the API's `where` has it. @typedef {{column: string, operator: Operator, literal: string}} Condition */
/**
 * The trials that all panels show apart from the others: those in one of the states (any without states) for which all conditions hold.
 * `picked` were chosen one by one, and are marked.
 * @typedef {{states: TrialState[], where: Condition[], picked: number[]}} Selection
 */

const PLAIN = new Set(["best_step", "last_step", "attempts", "created_at", "started_at", "finished_at", "device_seconds", "seq"]);
const CONDITION = /^([A-Za-z][\w.-]*)\s*(<=|>=|!=|=|<|>)\s*(.*)$/s;

/**
 * A condition as it is written; null where it is none.
 * @param {string} text such as "params.units>=32"
 * @returns {Condition | null}
 */
export function conditionOf(text) {
  const found = CONDITION.exec(text.trim());
  if (found === null) return null;
  const [, column = "", operator = "=", literal = ""] = found;
  return { column, operator: /** @type {Operator} */ (operator), literal: literal.trim() };
}

/** @param {Condition} condition */
export const written = ({ column, operator, literal }) => `${column}${operator}${literal}`;

/**
 * The selection that an address has; what is no condition is left out.
 * @param {URLSearchParams} query
 * @returns {Selection}
 */
export function selectionOf(query) {
  const list = (/** @type {string} */ name) => (query.get(name) ?? "").split(",").filter((text) => text !== "");
  return {
    states: /** @type {TrialState[]} */ (list("state")),
    where: query.getAll("where").flatMap((text) => conditionOf(text) ?? []),
    picked: list("trials").map(Number).filter((number) => Number.isSafeInteger(number) && number >= 0),
  };
}

/**
 * What the address has of a selection.
 * @param {Selection} selection
 * @returns {Record<string, string | string[]>}
 */
export function addressOf({ states, where, picked }) {
  return { state: states.join(","), where: where.map(written), trials: picked.join(",") };
}

/**
 * The conditions for a range of a column's numbers; of a categorical one for the places of its choices. They take the place of those that it had.
 * @param {Study} study
 * @param {Condition[]} where
 * @param {string} column
 * @param {[number, number] | null} range both ends included; null for any
 * @returns {Condition[]}
 */
export function within(study, where, column, range) {
  if (range === null) return without(study, where, column);
  const [low, high] = range;
  const choices = choicesOf(study, column);
  if (choices !== null) return among(study, where, column, (place) => place >= low && place <= high);
  /** @type {[Operator, number][]} */
  const ends = [[">=", low], ["<=", high]];
  const finite = ends.filter(([, end]) => Number.isFinite(end));
  return [...without(study, where, column), ...finite.map(([operator, end]) => ({ column, operator, literal: String(end) }))];
}

/**
 * The conditions for some choices of a categorical column, in the place of those that it had.
 * @param {Study} study
 * @param {Condition[]} where
 * @param {string} column
 * @param {(place: number) => boolean} isIn
 * @returns {Condition[]}
 */
export function among(study, where, column, isIn) {
  const choices = choicesOf(study, column) ?? [];
  const [chosen, out] = [choices.filter((_, place) => isIn(place)), choices.filter((_, place) => !isIn(place))];
  const others = without(study, where, column);
  if (chosen.length === 1) return [...others, { column, operator: "=", literal: literalOf(chosen[0]) }];
  return [...others, ...out.map((choice) => ({ column, operator: /** @type {Operator} */ ("!="), literal: literalOf(choice) }))];
}

/** @param {Study} study @param {Condition[]} where @param {string} column */
const without = (study, where, column) => where.filter((condition) => columnNamed(study, condition.column) !== column);

/**
 * Which choices of a categorical column the conditions leave.
 * @param {Study} study
 * @param {Condition[]} where
 * @param {string} column
 * @returns {boolean[]}
 */
export function choicesLeft(study, where, column) {
  const mine = where.filter((condition) => columnNamed(study, condition.column) === column);
  return (choicesOf(study, column) ?? []).map((choice) => mine.every((condition) => isChoice(choice, condition)));
}

/**
 * The range that the conditions leave of a column, of a categorical one in places; null where they leave all.
 * @param {Study} study
 * @param {Condition[]} where
 * @param {string} column
 * @returns {[number, number] | null}
 */
export function rangeOf(study, where, column) {
  const mine = where.filter((condition) => columnNamed(study, condition.column) === column);
  if (mine.length === 0) return null;
  if (choicesOf(study, column) !== null) {
    const left = choicesLeft(study, where, column);
    return [Math.max(0, left.indexOf(true)), left.lastIndexOf(true)];
  }
  let [low, high] = [-Infinity, Infinity];
  for (const { operator, literal } of mine) {
    const number = numberOf(literal);
    if (operator.startsWith(">") || operator === "=") low = Math.max(low, number);
    if (operator.startsWith("<") || operator === "=") high = Math.min(high, number);
  }
  return [low, high];
}

/**
 * The columns that a selection looks at, as far as there are such.
 * @param {Study} study
 * @param {Selection} selection
 */
export function columnsOf(study, selection) {
  const named = selection.where.filter(({ column }) => column !== "number" && isKnown(study, column));
  const columns = named.map(({ column }) => columnNamed(study, column));
  return [...new Set(selection.states.length > 0 ? ["state", ...columns] : columns)];
}

/**
 * Whether a study can have such a column of numbers or choices.
 * @param {Study} study
 * @param {string} name
 */
export function isKnown(study, name) {
  if (name.startsWith("params.")) return name.slice("params.".length) in study.space;
  if (name.startsWith("values.")) return [study.metric].flat().includes(name.slice("values.".length));
  return name === "number" || name === "value" || PLAIN.has(name) || /^metrics\../.test(name);
}

/**
 * Which trials are selected, a 1 for each; null where nothing is asked, and so all are.
 * @param {TrialTable} table with `columnsOf` the selection
 * @param {Selection} selection
 * @returns {Uint8Array | null}
 */
export function maskOf(table, { states, where }) {
  if (states.length === 0 && where.length === 0) return null;
  const mask = new Uint8Array(table.length).fill(1);
  if (states.length > 0) keepIn(table, mask, states);
  for (const condition of where) keepWhere(table, mask, condition);
  return mask;
}

/** @param {TrialTable} table @param {Uint8Array} mask @param {TrialState[]} states */
function keepIn(table, mask, states) {
  const column = table.column("state");
  const places = new Set(states.map((state) => table.words.get("state")?.indexOf(state)));
  for (let row = 0; row < mask.length; row++) if (!places.has(column?.[row])) mask[row] = 0;
}

/** @param {TrialTable} table @param {Uint8Array} mask @param {Condition} condition */
function keepWhere(table, mask, condition) {
  const name = columnNamed(table.study, condition.column);
  const column = table.column(name);
  const choices = choicesOf(table.study, name);
  if (choices !== null) {
    const holds = choices.map((choice) => isChoice(choice, condition));
    for (let row = 0; row < mask.length; row++) if (!holds[column?.[row] ?? -1]) mask[row] = 0;
    return;
  }
  const limit = numberOf(condition.literal);
  const tells = name.startsWith("values.");
  const [less, same, more] = [-1, 0, 1].map((sign) => compare(sign, condition.operator));
  for (let row = 0; row < mask.length; row++) {
    const found = name === "number" ? row : (column?.[row] ?? NaN);
    const present = !Number.isNaN(found) || (tells && table.told[row] === 1);
    const sign = present ? order(found, limit) : 0;
    if (!present || !(sign < 0 ? less : sign > 0 ? more : same)) mask[row] = 0;
  }
}

/**
 * Negative, 0 or positive as one number is less than, equal to or greater than the other: NaN is the greatest.
 * @param {number} one
 * @param {number} other
 */
function order(one, other) {
  if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
  return one === other ? 0 : one < other ? -1 : 1; // infinities have no difference
}

/** @param {number} found @param {Operator} operator */
function compare(found, operator) {
  switch (operator) {
    case "=":
      return found === 0;
    case "!=":
      return found !== 0;
    case "<":
      return found < 0;
    case "<=":
      return found <= 0;
    case ">":
      return found > 0;
    case ">=":
      return found >= 0;
  }
}

/**
 * A column by the name that the table has it by: "value" is that of the first metric.
 * @param {Study} study
 * @param {string} name
 */
export const columnNamed = (study, name) => (name === "value" ? `values.${[study.metric].flat()[0]}` : name);

/**
 * The number that a condition compares with, as people and programs write them; NaN where it is none.
 * @param {string} literal
 */
export function numberOf(literal) {
  const [, sign, isInfinite] = /^([+-]?)(inf(?:inity)?)?$/i.exec(literal) ?? [];
  if (isInfinite) return sign === "-" ? -Infinity : Infinity;
  return literal === "" ? NaN : Number(literal);
}

/** Whether a condition holds of a choice. @param {any} choice @param {Condition} condition */
export function isChoice(choice, { operator, literal }) {
  const spellings = [String(choice), JSON.stringify(choice), SPELLINGS.get(choice)];
  const same = spellings.includes(literal);
  return operator === "=" ? same : operator === "!=" && !same;
}

/** As Python writes them. @type {Map<any, string>} */
const SPELLINGS = new Map([
  [true, "True"],
  [false, "False"],
  [null, "None"],
]);

/**
 * A choice as a condition names it: a text as it is, unless it could be taken for something else.
 * @param {any} choice
 */
const literalOf = (choice) => (typeof choice === "string" && !LOOKS_OTHERWISE.test(choice) ? choice : JSON.stringify(choice));
const LOOKS_OTHERWISE = /^(true|false|null|[-\d].*|".*)$/i;
