import { all, get, Refused } from "../../api.js";
import { apart, groupsOf } from "./groups.js";

/** @import { BestLine, CompareChart, Costs, SpreadChart, StudyView } from "../../wire.js" */
/** @import { Group } from "./groups.js" */

/** Studies that the server compares in one answer. */
const MOST = 50;

/** What is to be compared, as the address has it. @typedef {{names: string[], against: string, objective: number, repeated: string}} Wanted */
/** A group with a line for each of its studies; `spread` where there are several. @typedef {Group & {lines: BestLine[], spread: SpreadChart | null}} Drawn */
/** `problem` says why there is no chart. @typedef {{groups: Drawn[], problem: string | null, studies: StudyView[], missing: string[], metrics: string[]}} Compared */

/**
 * All studies.
 * @param {AbortSignal} signal
 * @returns {Promise<StudyView[]>}
 */
export const allStudies = (signal) => all("/studies", signal);

/**
 * What of the chosen studies can be drawn together, without their lines.
 * @param {StudyView[]} found all studies
 * @param {Wanted} wanted
 * @returns {Compared}
 */
export function comparable(found, { names, objective, repeated }) {
  const byName = new Map(found.map((study) => [study.name, study]));
  const studies = names.flatMap((name) => byName.get(name) ?? []);
  const missing = names.filter((name) => !byName.has(name));
  const metrics = [...new Set(studies.map(({ definition }) => [definition.metric].flat()[objective] ?? ""))];
  const groups = (repeated === "apart" ? apart : groupsOf)(studies).map((group) => ({ ...group, lines: [], spread: null }));
  return { groups, problem: problemOf(studies, objective), studies, missing, metrics };
}

/** @param {StudyView[]} studies @param {number} objective */
function problemOf(studies, objective) {
  const directed = (/** @type {string} */ direction) =>
    studies.filter(({ definition }) => [definition.direction].flat()[objective] === direction).map(({ name }) => name);
  const [least, most] = [directed("minimize"), directed("maximize")];
  if (least.length > 0 && most.length > 0) {
    return `${listed(least)} ${least.length === 1 ? "is" : "are"} minimized, ${listed(most)} ${most.length === 1 ? "is" : "are"} maximized. Choose studies of one direction to see them on one chart.`;
  }
  return null;
}

/** @param {string[]} names */
function listed(names) {
  return names.length < 4 ? names.join(", ") : `${names.slice(0, 2).join(", ")} and ${names.length - 2} others`;
}

/**
 * The same with the lines: one answer for each repeated search, and the others by fifty.
 * @param {Compared} compared
 * @param {Wanted} wanted
 * @param {AbortSignal} signal
 * @returns {Promise<Compared>}
 */
export async function withLines(compared, { against, objective }, signal) {
  if (compared.problem !== null) return compared;
  const ask = async (/** @type {string[]} */ names) => {
    const query = new URLSearchParams({ against, objective: String(objective) });
    for (const name of names) query.append("study", name);
    return /** @type {CompareChart} */ (await get(`/compare?${query}`, signal));
  };
  const alone = compared.groups.filter(({ studies }) => studies.length === 1).flatMap(({ studies }) => studies.map(({ name }) => name));
  const parts = Array.from({ length: Math.ceil(alone.length / MOST) }, (_, part) => alone.slice(part * MOST, (part + 1) * MOST));
  const single = new Map((await Promise.all(parts.map(ask))).flatMap(({ studies, lines }) => studies.map((name, place) => [name, lines[place]])));
  const groups = compared.groups.map(async (group) => {
    const line = single.get(group.studies[0]?.name ?? "");
    if (line !== undefined) return { ...group, lines: [line] };
    const studies = group.studies.slice(0, MOST);
    const { lines, spread } = await ask(studies.map(({ name }) => name));
    return { ...group, studies, lines, spread };
  });
  return { ...compared, groups: await Promise.all(groups) };
}

/**
 * What each study took; null for one that was deleted meanwhile.
 * @param {string[]} names
 * @param {AbortSignal} signal
 * @returns {Promise<(Costs | null)[]>}
 */
export function costsOf(names, signal) {
  return Promise.all(
    names.map(async (name) => {
      try {
        return await /** @type {Promise<Costs>} */ (get(`/studies/${encodeURIComponent(name)}/costs`, signal));
      } catch (error) {
        if (error instanceof Refused && error.status === 404) return null;
        throw error;
      }
    }),
  );
}
