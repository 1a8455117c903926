import { AGAINST, SCALES } from "../../charts/choices.js";
import { Button } from "../../components/button.js";
import { Choice, useChoice } from "../../components/choice.js";
import { Empty, Failed, Loaded, Loading } from "../../components/states.js";
import { many } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useResource } from "../../resource.js";
import { keep, place, useOption } from "../../router.js";
import { useStore } from "../../store.js";
import { BestChart } from "./chart.js";
import { Chooser } from "./chooser.js";
import { allStudies, comparable, withLines } from "./compared.js";
import { groupsOf } from "./groups.js";
import { FinalTable } from "./table.js";

/** @import { Resource } from "../../resource.js" */
/** @import { StudyView } from "../../wire.js" */
/** @import { Compared, Wanted } from "./compared.js" */

const EVENTS = "/api/v1/events";
/** Repeated searches that are offered. */
const MOST_OFFERED = 5;
/** @type {[string, string][]} */
const REPEATED = [
  ["together", "together"],
  ["apart", "apart"],
];

/** @param {string[]} names */
const choose = (names) => keep({ studies: names.join(",") });

/** Several studies side by side; which ones, and how, is in the address. */
export function Compare() {
  const studies = useResource(allStudies, EVENTS, []);
  const { query } = useStore(place);
  const names = [...new Set((query.get("studies") ?? "").split(",").filter(Boolean))];
  return html`<div class="page">
    <header class="page-head"><h1>Compare</h1></header>
    <${Loaded} of=${studies} what="the studies">
      ${(/** @type {StudyView[]} */ found) =>
        found.length === 0
          ? html`<${Empty} title="There is no study to compare yet"><p><a href="/">Create one</a></p><//>`
          : html`<${Chooser} studies=${found} chosen=${names} onChoose=${choose} />
              ${names.length === 0 ? html`<${Offers} studies=${found} />` : html`<${Side} found=${found} names=${names} />`}`}
    <//>
  </div>`;
}

/**
 * What to begin with: searches that were repeated.
 * @param {{studies: StudyView[]}} props
 */
function Offers({ studies }) {
  const repeated = groupsOf(studies).filter((group) => group.studies.length > 1);
  return html`<${Empty} title="Choose the studies to put side by side">
    <p class="muted">Their best values so far come on one chart. Studies that differ only in their seed are drawn as one search, with its spread.</p>
    ${repeated.slice(0, MOST_OFFERED).map(
      ({ name, studies: mine }) => html`<${Button} key=${mine[0]?.name} onClick=${() => choose(mine.map((study) => study.name))}>${name}: ${many(mine.length, "seed")}<//>`,
    )}
  <//>`;
}

/** @param {{found: StudyView[], names: string[]}} props all studies, and the names of those chosen */
function Side({ found, names }) {
  const [against, chooseAgainst] = useChoice("against", "Against", AGAINST);
  const [scale, chooseScale] = useChoice("scale", "Scale", SCALES);
  const [repeated, chooseRepeated] = useChoice("repeated", "Repeated searches", REPEATED);
  const [asked, setObjective] = useOption("objective", "0");
  const shared = sharedObjectives(found.filter(({ name }) => names.includes(name)));
  const objective = Number(asked) in shared ? Number(asked) : 0;
  const wanted = { names, against, objective, repeated };
  const compared = comparable(found, wanted);
  const { studies, missing, metrics, problem } = compared;
  const key = JSON.stringify([studies.map(({ name }) => name), against, objective, repeated]);
  const actions = html`${shared.length > 1 &&
    html`<${Choice} label="Objective" value=${String(objective)} choices=${shared.map((metric, at) => [String(at), metric])} onChoose=${setObjective} />`}
    ${chooseAgainst}${chooseRepeated}${chooseScale}`;
  return html`${missing.length > 0 && html`<p class="why" role="status">There is no study ${missing.join(", ")}: deleted, or never created.</p>`}
    ${studies.length > 0 &&
    html`<${Panel} title="Best so far" actions=${actions}>
        ${metrics.length > 1 && problem === null && html`<p class="muted" role="status">These are different metrics (${metrics.join(", ")}): lines can be compared only where they mean the same.</p>`}
        ${problem === null ? html`<${Lines} key=${key} compared=${compared} wanted=${wanted} scale=${scale} />` : html`<p class="why" role="status">${problem}</p>`}
      <//>
      <${FinalTable} compared=${compared} />`}`;
}

/**
 * The metrics that all these studies have, by their places: those of the first, as many as each has.
 * @param {StudyView[]} studies
 */
function sharedObjectives(studies) {
  const lists = studies.map(({ definition }) => [definition.metric].flat());
  return (lists[0] ?? []).slice(0, Math.min(...lists.map((list) => list.length)));
}

/** @param {{compared: Compared, wanted: Wanted, scale: string}} props */
function Lines({ compared, wanted, scale }) {
  const lines = /** @type {Resource<Compared>} */ (useResource((signal) => withLines(compared, wanted, signal), EVENTS, []));
  if (lines.value === null) return lines.error === null ? html`<${Loading} what="the lines" />` : html`<${Failed} error=${lines.error} retry=${lines.refresh} />`;
  return html`<${BestChart} groups=${lines.value.groups} against=${wanted.against} scale=${scale} metric=${compared.metrics.join(", ")} />`;
}
