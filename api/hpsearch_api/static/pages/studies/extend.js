import { useState } from "preact/hooks";

import { Refused, send } from "../../api.js";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Field } from "../../components/field.js";
import { say } from "../../components/notice.js";
import { html } from "../../html.js";
import { typedNumber } from "./typed.js";

/** @import { StudyView } from "../../wire.js" */

const LIMITS = /** @type {const} */ ([
  ["max_trials", "Most trials"],
  ["max_seconds", "Most seconds active"],
  ["target_value", "Target value"],
]);

/**
 * Changes the budget of a study; only what was changed is sent, so that two people do not undo each other.
 * @param {{study: StudyView, onClose: () => void, onChanged: () => Promise<void>}} props
 */
export function Extend({ study, onClose, onChanged }) {
  const [before] = useState(() => study.definition.budget);
  const [texts, setTexts] = useState(
    /** @type {Record<string, string>} */ (Object.fromEntries(LIMITS.map(([name]) => [name, String(before[name] ?? "")]))),
  );
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const several = Array.isArray(study.definition.direction);
  const fields = error instanceof Refused ? error.fields : [];
  const named = new Set(LIMITS.map(([name]) => `budget.${name}`));

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const budget = Object.fromEntries(
      LIMITS.map(([name]) => /** @type {const} */ ([name, texts[name] === "" ? null : typedNumber(texts[name] ?? "")])).filter(
        ([name, value]) => value !== (before[name] ?? null),
      ),
    );
    try {
      /** @type {{body: StudyView}} */
      const { body } = await send("PATCH", `/studies/${encodeURIComponent(study.name)}`, { budget });
      say("done", `The budget of ${study.name} has changed; it is ${body.state}.`);
      onClose();
    } catch (problem) {
      setError(problem instanceof Error ? problem : new Error(String(problem)));
    }
    await onChanged();
  }

  const elsewhere = fields.filter((field) => !named.has(field.field)).map((field) => `${field.field} ${field.message}`);
  return html`<${Dialog} title=${`Extend ${study.name}`} onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <p class="muted">An empty field lifts its limit. A finished study goes on when its budget allows it.</p>
      ${LIMITS.filter(([name]) => !(several && name === "target_value")).map(
        ([name, label], place) =>
          html`<${Field}
            key=${name}
            label=${label}
            value=${texts[name]}
            onInput=${(/** @type {string} */ text) => setTexts({ ...texts, [name]: text })}
            inputmode="decimal"
            autofocus=${place === 0}
            error=${fields.find((field) => field.field === `budget.${name}`)?.message}
          />`,
      )}
      ${error !== null && (fields.length === 0 || elsewhere.length > 0) && html`<p class="problem" role="alert">${elsewhere.join("; ") || error.message}</p>`}
      <div class="dialog-buttons">
        <${Button} onClick=${onClose}>Cancel<//>
        <${Button} kind="primary" type="submit">Change the budget<//>
      </div>
    </form>
  <//>`;
}
