/** @import { StudyView } from "../../wire.js" */

/** One search that was repeated with other seeds, or a study alone. @typedef {{name: string, studies: StudyView[]}} Group */

/**
 * The studies by the search that they repeat, in their order: those whose definitions differ in nothing but name, description and seed are one group,
 * where the seeds do differ.
 * @param {StudyView[]} studies
 * @returns {Group[]}
 */
export function groupsOf(studies) {
  /** @type {Map<string, StudyView[]>} */
  const found = new Map();
  for (const study of studies) {
    const key = searchOf(study);
    found.set(key, [...(found.get(key) ?? []), study]);
  }
  return [...found.values()].flatMap((group) => {
    if (new Set(group.map(({ seed }) => seed)).size === 1) return apart(group);
    return [{ name: nameOf(group.map(({ name }) => name)), studies: group }];
  });
}

/**
 * Each study as a group of its own.
 * @param {StudyView[]} studies
 * @returns {Group[]}
 */
export const apart = (studies) => studies.map((study) => ({ name: study.name, studies: [study] }));

/** @param {StudyView} study */
function searchOf({ definition }) {
  const { name, description, sampler, ...rest } = definition;
  const { seed, ...drawing } = sampler;
  return JSON.stringify([rest, drawing]);
}

/**
 * What the names begin with, without what would number them: "mlp-seed-1" and "mlp-seed-2" are "mlp".
 * @param {string[]} names
 */
function nameOf(names) {
  const [first = "", ...others] = names;
  if (others.length === 0) return first;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  const common = first.slice(0, length).replace(/\d+$/, "");
  return common.replace(/[-_. ]*(seed|run)?[-_. ]*$/i, "") || common.replace(/[-_. ]+$/, "") || `${first} and ${others.length} more`;
}
