import { useMemo } from "preact/hooks";

import { Gantt } from "../../charts/gantt.js";
import { pack } from "../../charts/lanes.js";
import { Legend } from "../../charts/legend.js";
import { useChoice } from "../../components/choice.js";
import { Empty, Loaded } from "../../components/states.js";
import { count, duration, many, time } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";
import { pick, useMarks } from "../../trials/selected.js";
import { failureInWords } from "./words.js";

/** @import { Bar } from "../../charts/bars.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { StudyView, Timeline } from "../../wire.js" */

/** @type {[string, string][]} */
const NEWEST = [
  ["200", "the newest 200"],
  ["2000", "the newest 2,000"],
  ["20000", "the newest 20,000"],
];
/** How attempts end, in the order of the legend: what is drawn, and whether it did its work in vain. */
const KINDS = /** @type {const} */ ({
  completed: { label: "completed", colour: "--completed", hatched: false },
  pruned: { label: "pruned", colour: "--pruned", hatched: false },
  running: { label: "running", colour: "--running", hatched: false },
  released: { label: "given back", colour: "--paused", hatched: false },
  cancelled: { label: "cancelled", colour: "--cancelled", hatched: false },
  failed: { label: "failed", colour: "--failed", hatched: true },
  expired: { label: "lost with its worker", colour: "--warn", hatched: true },
});

/**
 * When attempts ran, on which worker, and how they ended.
 * @param {{study: StudyView}} props
 */
export function TimelinePanel({ study }) {
  const [most, chooseMost] = useChoice("attempts", "Attempts", NEWEST, "2000");
  const chart = /** @type {Resource<Timeline>} */ (useOfStudy(study.name, most === "2000" ? "/charts/timeline" : `/charts/timeline?most=${most}`));
  return html`<${Panel} title="Timeline" retry=${chart.refresh} actions=${chooseMost}>
    <${Loaded} of=${chart} what="the timeline">
      ${(/** @type {Timeline} */ found) =>
        found.trial.length === 0
          ? html`<${Empty} level=${3} title="No worker has taken a trial yet"><p class="muted">When each attempt ran, and on which worker, shows here.</p><//>`
          : html`<${Attempts} study=${study} found=${found} most=${Number(most)} />`}
    <//>
  <//>`;
}

/** @param {{study: StudyView, found: Timeline, most: number}} props */
function Attempts({ study, found: newestFirst, most }) {
  const marks = useMarks(study);
  const found = useMemo(() => oldestFirst(newestFirst), [newestFirst]);
  const { lanes, bars, span } = useMemo(() => drawn(found), [found]);
  const rows = () => found.trial.map((_, place) => rowOf(found, place));
  const about = (/** @type {number} */ place) => {
    const host = found.host[place];
    const why = reasonOf(found, place);
    return [
      `Trial ${found.trial[place]}, attempt ${found.attempt[place]}`,
      `${found.worker[place]}${host ? ` on ${host}` : ""}`,
      `began ${time(iso(found.started[place] ?? 0))}`,
      `${found.ended[place] === null ? "running" : "took"} ${took(found, place)}`,
      `${KINDS[kindOf(found, place)].label}${why ? `: ${why}` : ""}`,
    ];
  };
  const kinds = found.trial.map((_, place) => kindOf(found, place));
  const shown = /** @type {(keyof typeof KINDS)[]} */ (Object.keys(KINDS)).filter((kind) => kinds.includes(kind));
  const again = found.attempt.filter((attempt) => attempt > 1).length;
  const lost = kinds.filter((kind) => KINDS[kind].hatched).length;
  const workers = new Set(found.worker).size;
  return html`<${Gantt}
      label=${`${many(bars.length, "attempt")} by ${many(workers, "worker")}, along the time.`}
      lanes=${lanes}
      bars=${bars}
      span=${span}
      marks=${marks}
      about=${about}
      onPick=${pick}
      rows=${{ columns: ["Trial", "Attempt", "Worker", "Host", "Started", "Time", "End", "Reason"], rows }}
    >
      <${Legend} keys=${[
        ...shown.map((kind) => ({ label: KINDS[kind].label, colour: KINDS[kind].colour, kind: KINDS[kind].hatched ? "hatched" : "area" })),
        ...(again > 0 ? [{ label: "a retry", colour: "--text", kind: "notched" }] : []),
      ]} />
    <//>
    <p class="muted small">
      ${bars.length >= most ? `The newest ${many(bars.length, "attempt")}` : many(bars.length, "attempt")} on ${many(workers, "worker")}:
      ${" "}${counted(lost, "was lost to a fault", "were lost to faults")}, ${counted(again, "is a retry", "are retries")}. A click picks a trial, a drag shows a part of the time.
    </p>`;
}

/**
 * @param {number} found
 * @param {string} one
 * @param {string} several
 */
const counted = (found, one, several) => (found === 0 ? `none ${one}` : `${count(found)} ${found === 1 ? one : several}`);

/**
 * As the arrow keys go: by their start.
 * @param {Timeline} found
 * @returns {Timeline}
 */
function oldestFirst(found) {
  const order = found.started.map((_, place) => place).sort((one, other) => (found.started[one] ?? 0) - (found.started[other] ?? 0) || other - one);
  const sorted = (/** @type {any[]} */ column) => order.map((place) => column[place]);
  return /** @type {Timeline} */ (Object.fromEntries(Object.entries(found).map(([name, column]) => [name, sorted(column)])));
}

/** @param {Timeline} found */
function drawn(found) {
  const known = [...found.started, ...found.ended.filter((end) => end !== null)];
  const last = known.reduce((one, other) => Math.max(one, other));
  const first = known.reduce((one, other) => Math.min(one, other));
  const now = found.ended.includes(null) ? Math.max(last, Date.now() / 1000) : last;
  const ends = found.ended.map((end) => end ?? now);
  const { lanes, lane } = pack(found.worker, found.started, ends);
  /** @type {Bar[]} */
  const bars = found.trial.map((number, place) => {
    const { colour, hatched } = KINDS[kindOf(found, place)];
    const again = (found.attempt[place] ?? 1) > 1;
    return { number, lane: lane[place] ?? 0, from: found.started[place] ?? first, to: ends[place] ?? now, colour, hatched, again, open: found.ended[place] === null };
  });
  const room = (now - first) * 0.01 || 0.5;
  return { lanes, bars, span: /** @type {[number, number]} */ ([first - room, now + room]) };
}

/** @param {Timeline} found @param {number} place @returns {keyof typeof KINDS} */
function kindOf({ end, decision }, place) {
  const how = end[place] ?? null;
  if (how === null) return "running";
  if (how === "completed") return "completed";
  if (decision[place] === "cancel") return "cancelled";
  if (how === "fatal" || how === "failed") return "failed";
  if (how === "expired") return "expired";
  return decision[place] === "stop" ? "pruned" : "released";
}

/** @param {Timeline} found @param {number} place */
function reasonOf({ end, reason }, place) {
  const why = reason[place] ?? null;
  const failed = end[place] === "failed" || end[place] === "fatal";
  return why !== null && failed ? failureInWords(why) : why;
}

/** @param {Timeline} found @param {number} place */
const took = ({ started, ended }, place) => duration((ended[place] ?? Date.now() / 1000) - (started[place] ?? 0));

/** @param {number} seconds since 1970 */
const iso = (seconds) => new Date(seconds * 1000).toISOString();

/** @param {Timeline} found @param {number} place */
function rowOf(found, place) {
  const began = time(iso(found.started[place] ?? 0));
  return [found.trial[place] ?? "", found.attempt[place] ?? "", found.worker[place] ?? "", found.host[place] ?? "—", began, took(found, place), KINDS[kindOf(found, place)].label, reasonOf(found, place) ?? "—"];
}
