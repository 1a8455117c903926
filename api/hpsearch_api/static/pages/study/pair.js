import { Choice } from "../../components/choice.js";
import { Empty, Loading } from "../../components/states.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOption } from "../../router.js";
import { select, useSelection } from "../../trials/selected.js";
import { within } from "../../trials/selection.js";
import { choicesOf } from "../../trials/table.js";
import { useImportant } from "./important.js";
import { ObjectiveChoice, useObjective } from "./objective.js";

/** @import { Axis } from "../../charts/axis.js" */
/** @import { Box } from "../../charts/chart.js" */
/** @import { Study, StudyView } from "../../wire.js" */

/** What a panel over two parameters gets. @typedef {{study: StudyView, x: string, y: string, objective: number, metric: string}} PairProps */

/**
 * A panel over two parameters, which one chooses: the two most important ones at first, the same in all such panels.
 * @param {{study: StudyView, title: string, chart: (props: PairProps) => any}} props
 */
export function PairPanel({ study, title, chart }) {
  const important = useImportant(study);
  const { objective, metric } = useObjective(study);
  const [first = "", second = ""] = important ?? [];
  const [wantedX, setX] = useOption("x", first);
  const [wantedY, setY] = useOption("y", second);
  const [x, y] = [known(study, wantedX) ?? first, known(study, wantedY) ?? second];
  const names = Object.keys(study.definition.space).map((name) => /** @type {[string, string]} */ ([name, name]));
  const actions = html`<${ObjectiveChoice} study=${study} />
    ${names.length > 1 &&
    important !== null &&
    html`<${Choice} label="Right" value=${x} choices=${names} onChoose=${setX} /><${Choice} label="Up" value=${y} choices=${names} onChoose=${setY} />`}`;
  return html`<${Panel} title=${title} actions=${actions}>
    ${important === null
      ? html`<${Loading} what="the parameters" />`
      : x === "" || y === ""
        ? html`<${Empty} level=${3} title="It takes two parameters" />`
        : html`<${chart} study=${study} x=${x} y=${y} objective=${objective} metric=${metric} />`}
  <//>`;
}

/** @param {StudyView} study @param {string} name */
const known = (study, name) => (name in study.definition.space ? name : null);

/**
 * A parameter as an axis of a chart.
 * @param {Study} study
 * @param {string} name
 * @returns {Axis}
 */
export function axisFor(study, name) {
  const choices = choicesOf(study, `params.${name}`);
  if (choices !== null) return { label: name, kind: "choices", choices };
  return { label: name, kind: study.space[name]?.log ? "log" : "linear" };
}

/**
 * Selects what is in a box over two columns; without a box no longer.
 * @param {Study} study
 * @param {string} x
 * @param {string} y
 * @returns {(box: Box | null) => void}
 */
export function useBox(study, x, y) {
  const { where } = useSelection();
  return (box) => select({ where: within(study, within(study, where, x, box && box.x), y, box && box.y) });
}
