import { useEffect, useState } from "preact/hooks";

import { Check, Field } from "../../components/field.js";
import { value } from "../../format.js";
import { html } from "../../html.js";
import { among, choicesLeft, rangeOf, within } from "../../trials/selection.js";

/** @import { Upright } from "../../charts/parallel/axes.js" */
/** @import { Condition } from "../../trials/selection.js" */
/** @import { Study } from "../../wire.js" */

/** @typedef {{study: Study, axes: Upright[], where: Condition[], onWhere: (where: Condition[]) => void}} RangesProps */

/**
 * The ranges of axes in numbers and boxes to tick, for who does not drag them.
 * @param {RangesProps} props
 */
export function Ranges({ study, axes, where, onWhere }) {
  const [isOpen, setOpen] = useState(false);
  return html`<details class="disclosure" onToggle=${(/** @type {Event & {currentTarget: HTMLDetailsElement}} */ event) => setOpen(event.currentTarget.open)}>
    <summary>Ranges</summary>
    ${isOpen &&
    html`<div class="ranges">
      ${axes.map(
        (axis) => html`<fieldset key=${axis.column}>
          <legend>${axis.label}</legend>
          <${axis.kind === "choices" ? Choices : Ends} study=${study} axis=${axis} where=${where} onWhere=${onWhere} />
        </fieldset>`,
      )}
    </div>`}
  </details>`;
}

/** @param {{study: Study, axis: Upright, where: Condition[], onWhere: (where: Condition[]) => void}} props */
function Choices({ study, axis, where, onWhere }) {
  const left = choicesLeft(study, where, axis.column);
  return html`<div class="chooser">
    ${axis.choices.map(
      (choice, place) =>
        html`<${Check}
          key=${place}
          label=${value(choice)}
          checked=${left[place]}
          onInput=${(/** @type {boolean} */ isIn) => onWhere(among(study, where, axis.column, (other) => (other === place ? isIn : left[other] === true)))}
        />`,
    )}
  </div>`;
}

/** @param {{study: Study, axis: Upright, where: Condition[], onWhere: (where: Condition[]) => void}} props */
function Ends({ study, axis, where, onWhere }) {
  const range = rangeOf(study, where, axis.column);
  const [low, high] = range ?? [-Infinity, Infinity];
  /** @param {number} from @param {number} to */
  const set = (from, to) => onWhere(within(study, where, axis.column, Number.isFinite(from) || Number.isFinite(to) ? [from, to] : null));
  const written = (/** @type {number} */ end) => (Number.isFinite(end) ? String(end) : "");
  return html`<div class="range-ends">
    <${End} label="from" text=${written(low)} onEnd=${(/** @type {number | null} */ end) => set(end ?? -Infinity, high)} />
    <${End} label="to" text=${written(high)} onEnd=${(/** @type {number | null} */ end) => set(low, end ?? Infinity)} />
  </div>`;
}

/** @param {{label: string, text: string, onEnd: (end: number | null) => void}} props null: the input was emptied */
function End({ label, text, onEnd }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  /** @param {Event & {currentTarget: HTMLInputElement}} event */
  const onChange = (event) => onEnd(Number.isNaN(event.currentTarget.valueAsNumber) ? null : event.currentTarget.valueAsNumber);
  return html`<${Field} label=${label} type="number" step="any" value=${typed} onInput=${setTyped} onChange=${onChange} />`;
}
