import { useEffect, useMemo } from "preact/hooks";

import { lines, Unreachable } from "../api.js";
import { noteConnection, watch } from "../live.js";
import { Store, useStore } from "../store.js";
import { TrialTable } from "./table.js";

/** @import { StudyView } from "../wire.js" */

/**
 * How far a table is read; `complete`: it has all columns that its readers want. `version` grows when it changes.
 * @typedef {{version: number, rows: number, complete: boolean, error: Error | null}} Progress
 */

/** Blocks between two looks at how far the first reading is. */
const BLOCKS_SHOWN = 8;
/** A table that nobody reads is kept up to date for so long: who turns a page comes back. */
const KEEP_MS = 20_000;

/** The tables that are read, by their studies. @type {Map<string, Source>} */
const sources = new Map();

/** The table of a study, kept as it is on the server while anybody reads it. */
class Source {
  /** @param {string} key @param {StudyView} study */
  constructor(key, study) {
    this.key = key;
    this.path = `/studies/${encodeURIComponent(study.name)}`;
    this.table = new TrialTable(study.definition);
    this.progress = new Store(/** @type {Progress} */ ({ version: 0, rows: 0, complete: false, error: null }));
    /** The columns of each reader. @type {Set<string[]>} */
    this.readers = new Set();
    /** One look after the other. */
    this.turn = Promise.resolve();
    this.aborter = new AbortController();
    /** @type {(() => void) | null} */
    this.stop = null;
    /** @type {number | undefined} */
    this.ending = undefined;
  }

  /**
   * A reader of these columns comes.
   * @param {string[]} columns
   * @returns {() => void} and goes
   */
  join(columns) {
    clearTimeout(this.ending);
    sources.set(this.key, this);
    this.readers.add(columns);
    if (this.stop === null) {
      this.aborter = new AbortController();
      this.stop = watch(`/api/v1${this.path}/events`, () => this.look());
    } else if (columns.some((column) => !this.table.columns.has(column))) {
      this.progress.set({ ...this.progress.value, complete: false });
      this.look();
    }
    return () => {
      this.readers.delete(columns);
      if (this.readers.size === 0) this.ending = window.setTimeout(() => this.end(), KEEP_MS);
    };
  }

  end() {
    this.stop?.();
    this.stop = null;
    this.aborter.abort();
    if (sources.get(this.key) === this) sources.delete(this.key);
  }

  look() {
    this.turn = this.turn.then(() => this.update());
    return this.turn;
  }

  /** Reads the columns that are missing whole, and of the others what changed. */
  async update() {
    const { table, aborter } = this;
    const present = [...table.columns.keys()];
    const missing = [...new Set([...this.readers].flat())].filter((column) => !present.includes(column));
    try {
      if (missing.length > 0) {
        const seq = await this.read(missing, -1);
        if (present.length === 0) table.seq = seq;
      }
      if (present.length > 0) table.seq = await this.read([...present, ...missing], table.seq);
      noteConnection(true);
      const complete = [...this.readers].flat().every((column) => table.columns.has(column));
      this.progress.set({ version: table.version, rows: table.length, complete, error: null });
    } catch (error) {
      if (aborter.signal.aborted) return;
      noteConnection(!(error instanceof Unreachable));
      this.progress.set({ ...this.progress.value, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  /**
   * Takes in the trials that changed after `since`; the `seq` that these columns are then of.
   * @param {string[]} columns
   * @param {number} since
   * @returns {Promise<number>}
   */
  async read(columns, since) {
    const query = new URLSearchParams({ since: String(since) });
    for (const column of columns) query.append("column", column);
    let blocks = 0;
    for await (const line of lines(`${this.path}/columns?${query}`, this.aborter.signal)) {
      if ("seq" in line) {
        for (const column of columns) this.table.need(column); // a study without trials has no block
        return line.seq;
      }
      this.table.take(line.columns);
      blocks += 1;
      const { value } = this.progress;
      if (!value.complete && blocks % BLOCKS_SHOWN === 0) this.progress.set({ ...value, rows: this.table.length });
    }
    throw new Unreachable(); // an answer without its last line was cut off
  }
}

/**
 * The trials of a study with these columns, as they change. Until `progress.complete` the table may lack some.
 * @param {StudyView} study
 * @param {string[]} columns
 * @returns {{table: TrialTable, progress: Progress}}
 */
export function useTrials(study, columns) {
  const key = JSON.stringify([study.name, study.created_at]);
  const source = useMemo(() => {
    const found = sources.get(key) ?? new Source(key, study);
    sources.set(key, found);
    return found;
  }, [key]);
  const wanted = JSON.stringify(columns);
  useEffect(() => source.join(columns), [source, wanted]);
  return { table: source.table, progress: useStore(source.progress) };
}
