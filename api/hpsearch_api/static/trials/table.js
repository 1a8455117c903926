import { real } from "../format.js";

/** @import { Study } from "../wire.js" */

/** What a cell may be on the wire. @typedef {string | number | boolean | null} Cell */

/** Columns that are words: they are kept as places in a list of the words that were seen. */
const WORDS = new Set(["state", "reason", "error"]);

/**
 * All trials of a study as columns of numbers, which stay small and quick to look through: row n is trial n.
 *
 * A categorical parameter stands as its place among the choices (null may be one of them), a word as its place in `words`; NaN is nothing, or the number NaN:
 * `told` knows which. `version` grows with each change.
 */
export class TrialTable {
  /** @param {Study} study whose definition says what the columns are */
  constructor(study) {
    this.study = study;
    this.length = 0;
    /** The study's `seq` that all columns are read up to. */
    this.seq = -1;
    this.version = 0;
    /** @type {Map<string, Float64Array>} */
    this.columns = new Map();
    /** Of each column of words the words by their places. @type {Map<string, string[]>} */
    this.words = new Map();
    /** Whether a trial has values. */
    this.told = new Uint8Array(0);
  }

  /**
   * The numbers of a column, as long as the table; undefined where it was not read.
   * @param {string} name
   * @returns {Float64Array | undefined}
   */
  column(name) {
    return this.columns.get(name)?.subarray(0, this.length);
  }

  /**
   * What a cell shows: a number, a word, a choice; null where there is nothing.
   * @param {string} name
   * @param {number} row
   * @returns {Cell}
   */
  cell(name, row) {
    const found = this.columns.get(name)?.[row];
    if (found === undefined) return null;
    const words = this.words.get(name);
    if (words !== undefined) return words[found] ?? null;
    const choices = choicesOf(this.study, name);
    if (choices !== null) return choices[found] ?? null;
    if (!Number.isNaN(found)) return found;
    return isValue(name) && this.told[row] ? found : null;
  }

  /**
   * Takes in a block of `columns` as the API answers it.
   * @param {Record<string, Cell[]>} block
   */
  take(block) {
    const numbers = /** @type {number[]} */ (block["number"] ?? []);
    this.grow(numbers.reduce((most, number) => Math.max(most, number + 1), this.length));
    for (const [name, cells] of Object.entries(block)) {
      if (name === "number") continue;
      const column = this.need(name);
      const code = this.codeOf(name);
      const nothing = this.nothingOf(name);
      const marks = isValue(name);
      numbers.forEach((number, place) => {
        const cell = cells[place] ?? null;
        column[number] = cell === null ? nothing : code(cell);
        if (marks) this.told[number] = cell === null ? 0 : 1;
      });
    }
    this.version += 1;
  }

  /**
   * All cells of a column, read or not.
   * @param {string} name
   */
  need(name) {
    const column = this.columns.get(name) ?? new Float64Array(this.told.length).fill(NaN);
    this.columns.set(name, column);
    return column;
  }

  /**
   * How a cell of a column that is not null becomes a number.
   * @param {string} name
   * @returns {(cell: string | number | boolean) => number}
   */
  codeOf(name) {
    const choices = choicesOf(this.study, name);
    if (choices !== null) {
      const places = new Map(choices.map((choice, place) => [JSON.stringify(choice), place]));
      return (cell) => places.get(JSON.stringify(cell)) ?? NaN;
    }
    if (!WORDS.has(name)) return (cell) => real(/** @type {import("../format.js").WireNumber} */ (cell)) ?? NaN;
    const words = this.words.get(name) ?? [];
    this.words.set(name, words);
    return (cell) => {
      const place = words.indexOf(String(cell));
      return place >= 0 ? place : words.push(String(cell)) - 1;
    };
  }

  /**
   * What null of a column stands for: nothing, or the choice that is null where a trial cannot be without.
   * @param {string} name
   */
  nothingOf(name) {
    const choice = choicesOf(this.study, name)?.indexOf(null) ?? -1;
    return choice < 0 || this.study.space[name.slice("params.".length)]?.when ? NaN : choice;
  }

  /** @param {number} length */
  grow(length) {
    this.length = length;
    if (length <= this.told.length) return;
    const room = Math.max(1024, 2 ** Math.ceil(Math.log2(length)));
    for (const [name, column] of this.columns) {
      const larger = new Float64Array(room).fill(NaN, column.length);
      larger.set(column);
      this.columns.set(name, larger);
    }
    const told = new Uint8Array(room);
    told.set(this.told);
    this.told = told;
  }
}

/**
 * The values that a column of a categorical or constant parameter may have; null where it has numbers.
 * @param {Study} study
 * @param {string} column such as "params.optimizer"
 * @returns {any[] | null}
 */
export function choicesOf(study, column) {
  if (!column.startsWith("params.")) return null;
  const parameter = study.space[column.slice("params.".length)];
  if (parameter?.type === "categorical") return parameter.choices;
  return parameter?.type === "constant" ? [parameter.value] : null;
}

/** Whether a column has what trials ended with: NaN may stand there. @param {string} name */
export const isValue = (name) => name === "value" || name.startsWith("values.");
