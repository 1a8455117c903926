import { Code } from "../../components/copy.js";
import { Empty, Loaded } from "../../components/states.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { trialPath } from "../../router.js";
import { useOfStudy } from "../../resource.js";

/** @import { Resource } from "../../resource.js" */
/** @import { AdviceView, StudyAdvice, StudyView } from "../../wire.js" */

/**
 * What looks wrong, and what to do about it.
 * @param {{study: StudyView}} props
 */
export function AdvicePanel({ study }) {
  const advice = /** @type {Resource<StudyAdvice>} */ (useOfStudy(study.name, "/advice"));
  return html`<${Panel} title="Advice" retry=${advice.refresh}>
    <${Loaded} of=${advice} what="the advice">
      ${(/** @type {StudyAdvice} */ { advice: found }) =>
        found.length === 0
          ? html`<${Empty} level=${3} title="Nothing looks wrong">
              <p class="muted">Ranges, learning curves and failures are looked at whenever the study changes.</p>
            <//>`
          : html`<ul class="advice">
              ${found.map((one) => html`<${One} key=${`${one.code} ${one.title}`} study=${study} advice=${one} />`)}
            </ul>`}
    <//>
  <//>`;
}

/**
 * One finding, with the trials that show it.
 * @param {{study: StudyView, advice: AdviceView}} props
 */
export function One({ study, advice }) {
  const more = advice.count - advice.trials.length;
  return html`<li class="advice-${advice.severity}">
    <h3><span class="advice-kind">${advice.severity}</span> ${advice.title}</h3>
    <p class="muted">${advice.detail}</p>
    <p>${advice.action}</p>
    ${advice.trials.length > 0 &&
    html`<p class="advice-trials">
      Trials
      ${advice.trials.map((number) => html` <a key=${number} href=${trialPath(study.name, number)}>${number}</a>`)}
      ${more > 0 && ` and ${more} more`}
    </p>`}
    ${advice.space !== null && html`<${Code} label=${`Range of ${advice.parameter}`} text=${JSON.stringify(advice.space, null, 2)} />`}
  </li>`;
}
