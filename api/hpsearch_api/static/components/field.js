import { useEffect, useId, useRef } from "preact/hooks";

import { html } from "../html.js";

/**
 * An input, a text area or a choice, with its label, a hint, and what is wrong with it.
 * @param {{label: string, value: string, onInput: (value: string) => void, hint?: string, error?: string | undefined,
 *   choices?: readonly (readonly [string, string])[], lines?: number, autofocus?: boolean, narrow?: boolean, [rest: string]: any}} props
 */
export function Field({ label, value, onInput, hint, error, choices, lines, autofocus = false, narrow = false, ...rest }) {
  const id = useId();
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (autofocus) ref.current?.focus();
  }, []);
  const said = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  const about = {
    ref,
    id,
    value,
    onInput: (/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => onInput(event.currentTarget.value),
    "aria-describedby": said || undefined,
    "aria-invalid": error ? "true" : undefined,
    ...rest,
  };
  return html`<div class=${narrow ? "field field-narrow" : "field"}>
    <label for=${id}>${label}</label>
    ${choices !== undefined
      ? html`<select ...${about}>
          ${choices.map(([name, text]) => html`<option key=${name} value=${name} selected=${name === value}>${text}</option>`)}
        </select>`
      : lines !== undefined
        ? html`<textarea ...${about} rows=${lines} spellcheck=${false}></textarea>`
        : html`<input type="text" spellcheck=${false} ...${about} />`}
    ${hint && html`<p id="${id}-hint" class="hint">${hint}</p>`}
    ${error && html`<p id="${id}-error" class="problem">${error}</p>`}
  </div>`;
}

/**
 * A box to tick.
 * @param {{label: string, checked: boolean, onInput: (checked: boolean) => void}} props
 */
export function Check({ label, checked, onInput }) {
  /** @param {Event & {currentTarget: HTMLInputElement}} event */
  const onChange = (event) => onInput(event.currentTarget.checked);
  return html`<label class="check"><input type="checkbox" checked=${checked} onChange=${onChange} />${label}</label>`;
}
