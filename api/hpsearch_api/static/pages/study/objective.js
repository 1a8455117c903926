import { Choice } from "../../components/choice.js";
import { html } from "../../html.js";
import { useOption } from "../../router.js";

/** @import { StudyView } from "../../wire.js" */

/**
 * The objective that the panels of a study look at, by its place and its metric's name.
 * @param {StudyView} study
 */
export function useObjective(study) {
  const [text] = useOption("objective", "0");
  const metrics = [study.definition.metric].flat();
  const objective = Number(text) in metrics ? Number(text) : 0;
  return { objective, metric: metrics[objective] ?? "" };
}

/**
 * Chooses the objective, where a study has several.
 * @param {{study: StudyView}} props
 */
export function ObjectiveChoice({ study }) {
  const { objective } = useObjective(study);
  const [, choose] = useOption("objective", "0");
  const metrics = [study.definition.metric].flat();
  if (metrics.length === 1) return null;
  const choices = metrics.map((metric, place) => [String(place), metric]);
  return html`<${Choice} label="Objective" value=${String(objective)} choices=${choices} onChoose=${choose} />`;
}
