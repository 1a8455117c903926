import { CountsBar, CountsList } from "../../components/counts.js";
import { count, duration, number, time } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { trialPath } from "../../router.js";
import { progressOf } from "../studies/progress.js";

/** @import { StudyView } from "../../wire.js" */

/**
 * How far the study is, in figures and by state.
 * @param {{study: StudyView}} props
 */
export function SummaryPanel({ study }) {
  return html`<${Panel} title="Progress"><${Summary} study=${study} /><//>`;
}

/** @param {{study: StudyView}} props */
function Summary({ study }) {
  const { done, total, perMinute, secondsLeft } = progressOf(study);
  const { budget, metric, sampler, pruner } = study.definition;
  const best =
    study.best_trial === null
      ? "—"
      : html`${number(study.best_value)} <a class="small" href=${trialPath(study.name, study.best_trial)}>trial ${study.best_trial}</a>`;
  const figures = [
    [`Best ${[metric].flat().join(", ")}`, Array.isArray(metric) ? "a Pareto front, below" : best],
    ["Trials done", total === null ? count(done) : `${count(done)} of ${count(total)}`],
    ["Time left", secondsLeft === null ? "—" : `about ${duration(secondsLeft)}`],
    ["Time active", budget.max_seconds === null ? duration(study.active_seconds) : `${duration(study.active_seconds)} of ${duration(budget.max_seconds)}`],
    ["Trials/min", perMinute === null ? "—" : number(Number(perMinute.toPrecision(3)))],
    ["Target", budget.target_value === null ? "—" : number(budget.target_value)],
    ["Sampler", `${sampler.name}, seed ${study.seed}`],
    ["Pruner", pruner.name],
    ["Created", time(study.created_at)],
    ["Changed", time(study.updated_at)],
  ];
  return html`<${CountsBar} counts=${study.counts} total=${total ?? 0} />
    <${CountsList} counts=${study.counts} />
    <dl class="figures">
      ${figures.map(([label, shown]) => html`<div key=${label}><dt>${label}</dt><dd>${shown}</dd></div>`)}
    </dl>`;
}
