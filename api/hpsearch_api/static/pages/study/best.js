import { useChoice } from "../../components/choice.js";
import { Code } from "../../components/copy.js";
import { Empty, Loaded } from "../../components/states.js";
import { number, value } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { server, trialPath } from "../../router.js";
import { useOfStudy } from "../../resource.js";
import { TRIAL_FORMS } from "./code.js";

/** @import { Resource } from "../../resource.js" */
/** @import { Best, StudyView, TrialView } from "../../wire.js" */

/** Trials of a Pareto front that are shown. */
const MOST = 20;

/**
 * The best trial, or the Pareto front, with its parameters to copy.
 * @param {{study: StudyView}} props
 */
export function BestPanel({ study }) {
  const best = /** @type {Resource<Best>} */ (useOfStudy(study.name, "/best"));
  const several = Array.isArray(study.definition.metric);
  const [form, chooseForm] = useChoice("best", "As", Object.entries(TRIAL_FORMS).map(([name, { label }]) => [name, label]));
  return html`<${Panel} title=${several ? "Pareto front" : "Best trial"} retry=${best.refresh} actions=${chooseForm}>
    <${Loaded} of=${best} what="the best trial">
      ${(/** @type {Best} */ { trials }) =>
        trials.length === 0
          ? html`<${Empty} level=${3} title="No completed trial yet"><p class="muted">The first one that is completed shows here.</p><//>`
          : trials.slice(0, MOST).map((trial) => html`<${One} key=${trial.number} study=${study} trial=${trial} form=${form} />`)}
    <//>
  <//>`;
}

/** @param {{study: StudyView, trial: TrialView, form: string}} props */
function One({ study, trial, form }) {
  const metrics = [study.definition.metric].flat();
  return html`<div class="best">
    <p>
      <a href=${trialPath(study.name, trial.number)}>Trial ${trial.number}</a>
      ${metrics.map((metric, place) => html` <span key=${metric} class="value">${metric} ${number(trial.values?.[place])}</span>`)}
    </p>
    <dl class="pairs">
      ${Object.entries(trial.params).map(([name, found]) => html`<div key=${name}><dt>${name}</dt><dd>${value(found)}</dd></div>`)}
    </dl>
    <${Code} key=${form} label=${`Parameters of trial ${trial.number}`} text=${TRIAL_FORMS[form]?.write(study.name, trial, server) ?? ""} />
  </div>`;
}
