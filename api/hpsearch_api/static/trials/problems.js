import { value } from "../format.js";
import { conditionOf, isChoice, isKnown, numberOf } from "./selection.js";
import { choicesOf } from "./table.js";

/** @import { Study } from "../wire.js" */
/** @import { Condition } from "./selection.js" */

/** Names and choices that are listed. */
const MOST = 12;

/**
 * What is wrong with a condition as it is written, in a sentence; null where nothing is.
 * @param {Study} study
 * @param {string} text
 */
export function problemOf(study, text) {
  const condition = conditionOf(text);
  if (condition === null) return "Write a column, one of = != < <= > >=, and a value, such as value<0.1 or params.NAME=VALUE.";
  return problemWith(study, condition);
}

/**
 * What is wrong with a condition, in a sentence; null where nothing is.
 * @param {Study} study
 * @param {Condition} condition
 */
export function problemWith(study, { column, operator, literal }) {
  if (!isKnown(study, column)) return unknown(study, column);
  const choices = choicesOf(study, column);
  if (choices === null) {
    const isNumber = /^[+-]?nan$/i.test(literal) || !Number.isNaN(numberOf(literal));
    return isNumber ? null : `${column} is compared with a number, not with “${literal}”.`;
  }
  if (operator !== "=" && operator !== "!=") return `${column} has no order: use = or !=.`;
  if (choices.some((choice) => isChoice(choice, { column, operator: "=", literal }))) return null;
  return `${column} is never “${literal}”. It is one of ${listed(choices.map(value))}.`;
}

/** @param {Study} study @param {string} column */
function unknown(study, column) {
  const metrics = [study.metric].flat();
  if (column === "state") return "Choose states by their boxes, not by a condition.";
  if (column in study.space) return `There is no column ${column}. Do you mean params.${column}?`;
  if (metrics.includes(column)) return `There is no column ${column}. Do you mean values.${column}?`;
  const [kind, rest] = [column.split(".", 1)[0], column.slice(column.indexOf(".") + 1)];
  if (kind === "params") return `There is no parameter ${rest}. There are ${listed(Object.keys(study.space))}.`;
  if (kind === "values") return `There is no objective ${rest}. There are ${listed(metrics)}.`;
  return `There is no column ${column}. There are number, value, values.METRIC, params.NAME, metrics.NAME, attempts, last_step, device_seconds and others.`;
}

/** @param {string[]} names */
const listed = (names) => names.slice(0, MOST).join(", ") + (names.length > MOST ? " and others" : "");
