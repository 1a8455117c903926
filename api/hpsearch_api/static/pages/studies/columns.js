import { Badge } from "../../components/badge.js";
import { CountsBar, CountsList } from "../../components/counts.js";
import { count, duration, number, relative, time } from "../../format.js";
import { html } from "../../html.js";
import { studyPath, trialPath } from "../../router.js";
import { StudyMenu } from "./actions.js";
import { progressOf } from "./progress.js";
import { TagList } from "./tags.js";

/** @import { StudyView } from "../../wire.js" */
/** @import { Column } from "../../components/table.js" */

/**
 * The columns of the list of studies.
 * @param {(study: StudyView) => void} onClone
 * @param {() => Promise<void>} refresh
 * @returns {Column<StudyView>[]}
 */
export function columns(onClone, refresh) {
  return [
    { name: "name", label: "Study", sort: "name", cell: (study) => html`<${Name} study=${study} />` },
    { name: "state", label: "State", sort: "state", cell: (study) => html`<${Badge} state=${study.state} reason=${study.reason} />` },
    { name: "progress", label: "Progress", sort: "done", cell: (study) => html`<${Bar} study=${study} />` },
    { name: "best", label: "Best value", sort: "best_value", right: true, cell: (study) => html`<${BestValue} study=${study} />` },
    { name: "rate", label: "Trials/min", right: true, cell: rate },
    {
      name: "created",
      label: "Created",
      sort: "created_at",
      cell: (study) => html`<time datetime=${study.created_at} title=${time(study.created_at)}>${relative(study.created_at)}</time>`,
    },
    {
      name: "actions",
      label: "Actions",
      hidden: true,
      right: true,
      cell: (study) => html`<${StudyMenu} study=${study} onClone=${onClone} onChanged=${refresh} />`,
    },
  ];
}

/** @param {StudyView} study */
function rate(study) {
  const { perMinute } = progressOf(study);
  return perMinute === null ? "—" : number(Number(perMinute.toPrecision(3)));
}

/** @param {{study: StudyView}} props */
function Name({ study }) {
  const { objective, description } = study.definition;
  return html`<a class="row-link" href=${studyPath(study.name)}>${study.name}</a>
    <span class="row-about">${description || objective}</span>
    <${TagList} study=${study} />`;
}

/** @param {{study: StudyView}} props */
function Bar({ study }) {
  const { done, total, share, secondsLeft } = progressOf(study);
  return html`<div class="progress">
    <${CountsBar} counts=${study.counts} total=${total ?? 0} />
    <p class="small">
      <strong>${count(done)}</strong>${total === null ? " done" : ` of ${count(total)}`}
      ${share !== null && html`<span class="muted"> · ${Math.floor(100 * share)} %</span>`}
      ${secondsLeft !== null && html`<span class="muted"> · about ${duration(secondsLeft)} left</span>`}
    </p>
    <${CountsList} counts=${study.counts} />
  </div>`;
}

/** @param {{study: StudyView}} props */
function BestValue({ study }) {
  const { metric } = study.definition;
  if (Array.isArray(metric)) return html`<span class="muted small">${metric.length} objectives</span>`;
  if (study.best_trial === null) return html`<span class="muted">—</span>`;
  return html`<span class="value">${number(study.best_value)}</span>
    <span class="row-about">${metric}, <a href=${trialPath(study.name, study.best_trial)}>trial ${study.best_trial}</a></span>`;
}
