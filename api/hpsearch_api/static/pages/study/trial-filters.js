import { useId, useState } from "preact/hooks";

import { Button } from "../../components/button.js";
import { STATES } from "../../components/counts.js";
import { Field } from "../../components/field.js";
import { count } from "../../format.js";
import { html } from "../../html.js";
import { select, useSelection } from "../../trials/selected.js";
import { conditionOf, written } from "../../trials/selection.js";
import { problemOf } from "../../trials/problems.js";

/** @import { StudyView, TrialState } from "../../wire.js" */

/**
 * What narrows a table of trials, for all panels of the study: states and conditions. And the way to a trial by its number.
 * @param {{study: StudyView, rows: Uint32Array | null, length: number, onGo: (row: number) => void, children?: any}} props `rows` are shown, of `length`
 */
export function Filters({ study, rows, length, onGo, children }) {
  return html`<div class="trial-filters">
    <${States} study=${study} />
    <div class="filters">
      <${ConditionField} study=${study} />
      <${GoTo} rows=${rows} length=${length} onGo=${onGo} />
      ${children}
    </div>
  </div>`;
}

/** @param {{study: StudyView}} props */
function States({ study }) {
  const { states } = useSelection();
  const label = useId();
  /** @param {TrialState} state @param {boolean} wanted */
  const choose = (state, wanted) => select({ states: STATES.filter((other) => (other === state ? wanted : states.includes(other))) });
  const shown = STATES.filter((state) => study.counts[state] > 0 || states.includes(state));
  if (shown.length === 0) return null;
  return html`<div class="state-boxes" role="group" aria-labelledby=${label}>
    <span id=${label} class="muted">States</span>
    ${shown.map(
      (state) => html`<label key=${state} class=${`check state-${state}`}>
        <input
          type="checkbox"
          checked=${states.includes(state)}
          onChange=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => choose(state, event.currentTarget.checked)}
        />
        <span class="dot" aria-hidden="true"></span>${state} <span class="muted value">${count(study.counts[state])}</span>
      </label>`,
    )}
  </div>`;
}

/** @param {{study: StudyView}} props */
function ConditionField({ study }) {
  const { where } = useSelection();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState(/** @type {string | null} */ (null));
  const list = useId();
  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const found = problemOf(study.definition, text);
    const condition = conditionOf(text);
    setProblem(found);
    if (found !== null || condition === null) return;
    const others = where.filter((other) => written(other) !== written(condition));
    select({ where: [...others, condition] });
    setText("");
  }
  const first = Object.keys(study.definition.space)[0];
  return html`<form class="where" onSubmit=${submit}>
    <${Field}
      label="Condition"
      value=${text}
      list=${list}
      error=${problem ?? undefined}
      placeholder=${`value<0.1${first === undefined ? "" : `, params.${first}=…`}`}
      onInput=${(/** @type {string} */ next) => {
        setText(next);
        setProblem(null);
      }}
    />
    <datalist id=${list}>${suggestions(study).map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
    <${Button} type="submit">Add<//>
  </form>`;
}

/** @param {StudyView} study */
function suggestions({ definition }) {
  const values = [definition.metric].flat().map((metric) => `values.${metric}`);
  return [...values, ...Object.keys(definition.space).map((name) => `params.${name}`), "attempts", "last_step", "best_step", "device_seconds", "number"];
}

/** @param {{rows: Uint32Array | null, length: number, onGo: (row: number) => void}} props */
function GoTo({ rows, length, onGo }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState(/** @type {string | null} */ (null));
  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const number = Number(text);
    const isNumber = /^\d+$/.test(text.trim());
    if (!isNumber) setProblem("Write the number of a trial.");
    else if (number >= length) setProblem(length === 0 ? "There are no trials yet." : `There is no trial ${number}: the last one is ${length - 1}.`);
    else if (rows === null || !rows.includes(number)) setProblem(`Trial ${number} is not among those that are selected.`);
    else onGo(number);
  }
  return html`<form class="go-to" onSubmit=${submit}>
    <${Field}
      label="Go to trial"
      inputmode="numeric"
      autocomplete="off"
      placeholder="Number"
      value=${text}
      error=${problem ?? undefined}
      onInput=${(/** @type {string} */ next) => {
        setText(next);
        setProblem(null);
      }}
    />
    <${Button} type="submit">Go<//>
  </form>`;
}
