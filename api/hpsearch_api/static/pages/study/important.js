import { useRef } from "preact/hooks";

import { useOfStudy } from "../../resource.js";
import { useObjective } from "./objective.js";

/** @import { Resource } from "../../resource.js" */
/** @import { Importances, StudyView } from "../../wire.js" */

/**
 * The names of the parameters that are searched, the most important first; null until it is known. The order then stays while the page
 * is shown, since charts that jump are of no use.
 * @param {StudyView} study
 * @returns {string[] | null}
 */
export function useImportant(study) {
  const { objective } = useObjective(study);
  const path = `/importance?objective=${objective}`;
  const found = /** @type {Resource<Importances>} */ (useOfStudy(study.name, path, (value) => (isTold(value) ? value : null)));
  const kept = useRef({ key: "", names: /** @type {string[]} */ ([]) });
  const key = `${study.name} ${study.created_at} ${path}`;
  if (kept.current.key === key) return kept.current.names;
  if (found.value === null && found.error === null) return null;
  const names = ordered(study, found.value?.importances ?? {});
  if (found.value !== null && isTold(found.value)) kept.current = { key, names };
  return names;
}

/** @param {Importances} found */
const isTold = ({ importances }) => Object.keys(importances).length > 0;

/** @param {StudyView} study @param {Record<string, number>} importances */
function ordered(study, importances) {
  const searched = Object.entries(study.definition.space).filter(([, parameter]) => parameter.type !== "constant");
  return searched.map(([name]) => name).sort((one, other) => (importances[other] ?? 0) - (importances[one] ?? 0));
}
