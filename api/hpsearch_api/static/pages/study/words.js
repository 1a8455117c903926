import { REASONS } from "../../components/badge.js";

/** @import { StudyEvent } from "../../wire.js" */

/** Why attempts fail, in words. @type {Record<string, string>} */
const FAILURES = {
  exception: "its code raised an error",
  out_of_memory: "the device's memory was too small",
  killed: "its process was killed",
  io: "files or the network failed",
  diverged: "it diverged: a value was not a finite number",
  invalid_parameters: "its parameters are not possible",
  invalid_settings: "the study's settings are not possible",
  released: "workers gave it back too often",
  lost: "workers were lost too often",
};

/**
 * Why an attempt failed, in words; a word of the worker's own stays as it is.
 * @param {string} reason
 */
export const failureInWords = (reason) => FAILURES[reason] ?? reason;

/** What becomes of a trial whose attempt has ended. @type {Record<string, string>} */
const NEXT = { queued: "it waits to be tried again", paused: "it is paused", pruned: "it is pruned", failed: "it has failed for good", cancelled: "it is cancelled" };

/**
 * What happened, in words, without whom it happened to: "was lost with its worker; it waits to be tried again".
 * @param {StudyEvent} event
 */
export function inWords(event) {
  return event.trial === null || event.cause.startsWith("test_") ? ofStudy(event) : ofTrial(event);
}

/** @param {StudyEvent} event */
function ofStudy({ cause, from_state: from, to_state: to }) {
  if (cause === "created") return "was created";
  if (cause === "changed") return "got another budget or description";
  if (cause === "deleted") return "was deleted";
  if (cause === "clock_set_back") return "saw the database's clock go back";
  if (cause === "test_opened") return "was opened for its test data";
  if (cause === "test_recorded") return "got its result on the test data";
  return from === to ? cause : `${{ active: "is active", paused: "was paused", finished: "is finished" }[to ?? ""] ?? `is ${to}`}: ${REASONS[cause] ?? cause}`;
}

/** @param {StudyEvent} event */
function ofTrial({ cause, reason, attempt, from_state: from, to_state: to }) {
  const next = NEXT[to ?? ""] ? `; ${NEXT[to ?? ""]}` : "";
  if (cause === "ask") return from === null ? "was suggested, and began" : `began attempt ${attempt ?? "?"}`;
  if (cause === "completed") return "is completed";
  if (cause === "failed" || cause === "fatal") return `failed: ${reason === null ? "for an unknown reason" : failureInWords(reason)}${to === "failed" ? "" : next}`;
  if (cause === "expired") return `was lost with its worker${next}`;
  if (cause === "released" && to === "pruned") return "was pruned";
  if (cause === "released") return `was given back by its worker${next}`;
  if (cause === "reopened") return "goes on: its worker was heard of again";
  if (to === "cancelled") return cause === "study_over" ? "is cancelled: the study is over" : "is cancelled";
  if (cause === "enqueued") return "was enqueued by a user";
  return `${cause}: ${from ?? "new"} to ${to ?? "none"}`;
}
