import { columnNamed } from "./selection.js";

/** @import { Study } from "../wire.js" */

/** What a column's cells are. @typedef {"state" | "word" | "choice" | "number" | "time" | "duration"} Kind */
/**
 * A column that a table of trials can show. `name` is the API's; "duration" is from the start to the end.
 * @typedef {{name: string, label: string, group: "Trial" | "Values" | "Parameters" | "Metrics", kind: Kind}} TrialColumn
 */

/** @type {TrialColumn[]} */
const TRIAL = [
  { name: "state", label: "State", group: "Trial", kind: "state" },
  { name: "reason", label: "Reason", group: "Trial", kind: "word" },
  { name: "error", label: "Error", group: "Trial", kind: "word" },
  { name: "attempts", label: "Attempts", group: "Trial", kind: "number" },
  { name: "best_step", label: "Best step", group: "Trial", kind: "number" },
  { name: "last_step", label: "Steps", group: "Trial", kind: "number" },
  { name: "created_at", label: "Created", group: "Trial", kind: "time" },
  { name: "started_at", label: "Started", group: "Trial", kind: "time" },
  { name: "finished_at", label: "Finished", group: "Trial", kind: "time" },
  { name: "duration", label: "Time", group: "Trial", kind: "duration" },
  { name: "device_seconds", label: "Device seconds", group: "Trial", kind: "duration" },
];
/** Columns of values, and columns in all, that are shown until others are chosen. */
const MOST_VALUES = 3;
const MOST = 11;

/**
 * All columns of a study's trials, by their groups.
 * @param {Study} study
 * @param {string[]} metrics names that its trials told
 * @returns {TrialColumn[]}
 */
export function columnsFor(study, metrics) {
  return [
    ...TRIAL,
    ...[study.metric].flat().map((label) => /** @type {const} */ ({ name: `values.${label}`, label, group: "Values", kind: "number" })),
    ...Object.entries(study.space).map(([label, { type }]) => {
      const kind = type === "categorical" || type === "constant" ? "choice" : "number";
      return /** @type {const} */ ({ name: `params.${label}`, label, group: "Parameters", kind });
    }),
    ...metrics.map((label) => /** @type {const} */ ({ name: `metrics.${label}`, label, group: "Metrics", kind: "number" })),
  ];
}

/**
 * The columns that are shown until others are chosen: state, values, as many parameters as there is room for, steps and time.
 * @param {Study} study
 * @returns {string[]}
 */
export function usualColumns(study) {
  const values = [study.metric].flat().slice(0, MOST_VALUES);
  const parameters = Object.keys(study.space).slice(0, MOST - values.length - 3);
  return ["state", ...values.map((name) => `values.${name}`), ...parameters.map((name) => `params.${name}`), "last_step", "duration"];
}

/**
 * The column of this name ("value" is that of the first metric); undefined where a study cannot have it.
 * @param {Study} study
 * @param {string} name
 */
export function columnOf(study, name) {
  const metrics = name.startsWith("metrics.") ? [name.slice("metrics.".length)] : [];
  const wanted = columnNamed(study, name);
  return columnsFor(study, metrics).find((column) => column.name === wanted && column.label !== "");
}

/**
 * Whether a table of trials can show, and be sorted by, such a column.
 * @param {Study} study
 * @param {string} name
 */
export const isColumn = (study, name) => name === "number" || columnOf(study, name) !== undefined;
