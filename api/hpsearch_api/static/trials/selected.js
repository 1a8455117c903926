import { useMemo } from "preact/hooks";

import { keep, place } from "../router.js";
import { useStore } from "../store.js";
import { addressOf, columnsOf, maskOf, selectionOf } from "./selection.js";
import { useTrials } from "./trials.js";

/** @import { StudyView } from "../wire.js" */
/** @import { Marks } from "../charts/layers.js" */
/** @import { Selection } from "./selection.js" */
/** @import { TrialTable } from "./table.js" */

/**
 * The selection that the address has, which all panels share: a link shows what its sender saw.
 * @returns {Selection}
 */
export function useSelection() {
  const { query } = useStore(place);
  const key = ["state", "where", "trials"].map((name) => query.getAll(name).join("\n")).join("\f");
  return useMemo(() => selectionOf(query), [key]);
}

/** The mask that was asked for last, as all panels ask for the same one. */
let last = { table: /** @type {TrialTable | null} */ (null), key: "", mask: /** @type {Uint8Array | null} */ (null) };

/**
 * Which trials of a table are selected, as `maskOf` tells it; computed once for all who ask.
 * @param {TrialTable} table
 * @param {Selection} selection
 */
export function maskIn(table, selection) {
  const key = JSON.stringify([table.version, table.length, [...table.columns.keys()], selection.states, selection.where]);
  if (last.table !== table || last.key !== key) last = { table, key, mask: maskOf(table, selection) };
  return last.mask;
}

/**
 * Which trials are selected, a 1 for each by its number; null where all are, or it is not known yet.
 * @param {StudyView} study
 * @returns {Uint8Array | null}
 */
export function useMask(study) {
  const selection = useSelection();
  const { table, progress } = useTrials(study, columnsOf(study.definition, selection));
  return useMemo(() => (progress.complete ? maskIn(table, selection) : null), [table, selection, progress]);
}

/**
 * The trials that stand out in a chart.
 * @param {StudyView} study
 * @returns {Marks}
 */
export function useMarks(study) {
  const mask = useMask(study);
  const { picked } = useSelection();
  return useMemo(() => ({ mask, picked: new Set(picked) }), [mask, picked]);
}

/**
 * Selects anew; what is not named stays.
 * @param {Partial<Selection>} changes
 */
export function select(changes) {
  keep(addressOf({ ...selectionOf(place.value.query), ...changes }));
}

/**
 * Picks a trial, or no longer.
 * @param {number} number
 */
export function pick(number) {
  const { picked } = selectionOf(place.value.query);
  select({ picked: picked.includes(number) ? picked.filter((other) => other !== number) : [...picked, number] });
}
