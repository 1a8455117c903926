import { get } from "../../api.js";
import { useVersions } from "../../resource.js";

/** @import { TrialDetail } from "../../wire.js" */
/** @import { Resource } from "../../resource.js" */

/** Artifacts that have a panel of their own. */
export const SHOWN = ["log_tail", "confusion_matrix", "mistakes"];

/**
 * What the trial's worker left under a name, read again when the trial changes. Its value is in a list, since it may be null.
 * @param {TrialDetail} trial which has an artifact of this name
 * @param {string} name
 * @returns {Resource<[unknown]>}
 */
export function useArtifact(trial, name) {
  const path = `/studies/${encodeURIComponent(trial.study)}/trials/${trial.number}/artifacts/${encodeURIComponent(name)}`;
  return useVersions(async (signal) => /** @type {[unknown]} */ ([await get(path, signal)]), path, trial.seq);
}
