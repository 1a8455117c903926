import { useState } from "preact/hooks";

import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { STATES } from "../../components/counts.js";
import { Field } from "../../components/field.js";
import { Empty, Loaded } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { duration, number, secondsBetween, value } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { keep, place, trialPath } from "../../router.js";
import { useOfStudy } from "../../resource.js";
import { useStore } from "../../store.js";

/** @import { Resource } from "../../resource.js" */
/** @import { StudyView, TrialView } from "../../wire.js" */
/** @import { Column } from "../../components/table.js" */

const PAGE = 50;
/** Columns of parameters; the others are on the trial's page. */
const MOST_PARAMETERS = 12;

/** @typedef {{items: TrialView[], next_cursor: string | null}} Page */

/**
 * The trials, a page at a time, filtered and sorted by the server.
 * @param {{study: StudyView}} props
 */
export function TrialsPanel({ study }) {
  const { query } = useStore(place);
  const state = query.get("state") ?? "";
  const sort = query.get("sort") ?? "-number";
  const where = query.get("where") ?? "";
  const wanted = JSON.stringify([state, sort, where]);
  /** The cursors of the pages up to this one, for one choice of trials. */
  const [at, setAt] = useState({ wanted, cursors: /** @type {string[]} */ ([]) });
  const cursors = at.wanted === wanted ? at.cursors : [];
  const search = searchOf({ state, sort, where, cursor: cursors.at(-1) });
  const trials = /** @type {Resource<Page>} */ (useOfStudy(study.name, `/trials?${search}`));

  return html`<${Panel} title="Trials" retry=${trials.refresh}>
    <div class="filters">
      <${Field} label="State" value=${state} choices=${[["", "any"], ...STATES.map((name) => [name, name])]}
        onInput=${(/** @type {string} */ next) => keep({ state: next })} narrow />
      <${Where} where=${where} />
    </div>
    <${Loaded} of=${trials} what="the trials">
      ${(/** @type {Page} */ { items, next_cursor: next }) =>
        items.length === 0
          ? html`<${Empty} level=${3} title=${state || where ? "No trial matches" : "No trials yet"} />`
          : html`<${Table}
                caption="Trials of this page"
                columns=${columns(study)}
                rows=${items}
                id=${(/** @type {TrialView} */ trial) => trial.number}
                sort=${sort}
                onSort=${(/** @type {string} */ found) => keep({ sort: found === "-number" ? null : found })}
              />
              <nav class="pager" aria-label="Pages of trials">
                <${Button} disabled=${cursors.length === 0} onClick=${() => setAt({ wanted, cursors: cursors.slice(0, -1) })}>Back<//>
                <span>Page ${cursors.length + 1}</span>
                <${Button} disabled=${next === null} onClick=${() => next !== null && setAt({ wanted, cursors: [...cursors, next] })}>Next<//>
              </nav>`}
    <//>
  <//>`;
}

/** @param {{where: string}} props */
function Where({ where }) {
  const [text, setText] = useState(where);
  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    keep({ where: text });
  }
  return html`<form class="where" onSubmit=${submit}>
    <${Field} label="Condition" value=${text} onInput=${setText} placeholder="params.optimizer=adam, value<0.1" />
    <${Button} type="submit">Filter<//>
  </form>`;
}

/** @param {{state: string, sort: string, where: string, cursor: string | undefined}} wanted */
function searchOf({ state, sort, where, cursor }) {
  const query = new URLSearchParams({ limit: String(PAGE), sort });
  if (state !== "") query.append("state", state);
  for (const condition of where.split(",").map((text) => text.trim())) if (condition !== "") query.append("where", condition);
  if (cursor !== undefined) query.append("cursor", cursor);
  return query.toString();
}

/**
 * @param {StudyView} study
 * @returns {Column<TrialView>[]}
 */
function columns(study) {
  const parameters = Object.keys(study.definition.space).slice(0, MOST_PARAMETERS);
  const metrics = [study.definition.metric].flat();
  return [
    {
      name: "number",
      label: "Trial",
      sort: "number",
      cell: (trial) => html`<a class="row-link" href=${trialPath(study.name, trial.number)}>${trial.number}</a>`,
    },
    { name: "state", label: "State", cell: (trial) => html`<${Badge} state=${trial.state} reason=${trial.reason} />` },
    ...metrics.map(
      (metric, place) =>
        /** @type {Column<TrialView>} */ ({
          name: `metric ${metric}`,
          label: metric,
          ...(place === 0 ? { sort: "value" } : {}),
          right: true,
          cell: (trial) => html`<span class="value">${number(trial.values?.[place])}</span>`,
        }),
    ),
    ...parameters.map(
      (parameter) =>
        /** @type {Column<TrialView>} */ ({
          name: `parameter ${parameter}`,
          label: parameter,
          right: true,
          cell: (trial) => (parameter in trial.params ? value(trial.params[parameter]) : html`<span class="muted">—</span>`),
        }),
    ),
    { name: "steps", label: "Steps", right: true, cell: (trial) => trial.last_step ?? "—" },
    { name: "attempts", label: "Attempts", right: true, cell: (trial) => trial.attempts },
    {
      name: "time",
      label: "Time",
      right: true,
      sort: "finished_at",
      cell: (trial) => duration(secondsBetween(trial.started_at, trial.finished_at)),
    },
  ];
}
