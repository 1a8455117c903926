import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { LongText } from "./long-text.js";

/** @import { ErrorView } from "../../wire.js" */
/** @import { Shown } from "./trial.js" */

/**
 * Why attempts failed, the last one first; nothing where none did.
 * @param {Shown} props
 */
export function ErrorsPanel({ trial }) {
  /** @type {[string, ErrorView][]} */
  const found = trial.history.toReversed().flatMap(({ number, host, worker, error }) => (error === null ? [] : [[`Attempt ${number} on ${host ?? worker}`, error]]));
  // A trial may have an error that none of its attempts told.
  if (trial.error !== null && found.every(([, { message }]) => message !== trial.error?.message)) found.unshift(["Trial", trial.error]);
  const [last, ...earlier] = found;
  if (last === undefined) return null;
  return html`<${Panel} title=${found.length === 1 ? "Error" : "Errors"}>
    <${One} where=${last[0]} error=${last[1]} />
    ${earlier.map(([where, error]) => html`<details key=${where} class="more"><summary>${where}: ${error.reason}</summary><${One} where=${where} error=${error} /></details>`)}
  <//>`;
}

/** @param {{where: string, error: ErrorView}} props */
function One({ where, error }) {
  return html`<div class="stack">
    <p><strong>${error.reason}</strong> <span class="muted">${where}</span></p>
    <${LongText} label="Message" text=${error.message} />
    ${error.traceback && html`<${LongText} label="Traceback" text=${error.traceback} keep="end" />`}
  </div>`;
}
