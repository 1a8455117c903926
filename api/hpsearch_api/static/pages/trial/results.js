import { Elapsed } from "../../components/elapsed.js";
import { duration, number, time } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";

/** @import { TrialDetail } from "../../wire.js" */
/** @import { Shown } from "./trial.js" */

/**
 * What came out, at which step, and what it took.
 * @param {Shown} props
 */
export function ResultsPanel({ study, trial }) {
  const names = [study.definition.metric].flat();
  const figures = [
    ...names.map((name, place) => [name, number(trial.values?.[place])]),
    ["Best step", number(trial.best_step)],
    ["Last step", number(trial.last_step)],
    ["Time", html`<${Elapsed} from=${trial.started_at} to=${trial.finished_at} />`],
    ["Device time", duration(deviceSeconds(trial))],
    ["Started", time(trial.started_at)],
    ["Checkpoint", trial.checkpoint === null ? "—" : `${trial.checkpoint.ref}, step ${number(trial.checkpoint.step)}`],
    ["Seed", trial.seed],
  ];
  const others = Object.entries(trial.metrics).filter(([name]) => !names.includes(name));
  return html`<${Panel} title="Results">
    <dl class="figures">
      ${figures.map(([label, shown], place) => html`<div key=${place}><dt>${label}</dt><dd>${shown}</dd></div>`)}
    </dl>
    ${others.length > 0 &&
    html`<h3 class="small-head">At the best step</h3>
      <dl class="pairs scrolled">
        ${others.map(([name, shown]) => html`<div key=${name}><dt>${name}</dt><dd class="value">${number(shown)}</dd></div>`)}
      </dl>`}
  <//>`;
}

/**
 * The device time of all attempts that told theirs; null where none did.
 * @param {TrialDetail} trial
 */
function deviceSeconds({ history }) {
  const told = history.map(({ device_seconds: seconds }) => seconds).filter((seconds) => seconds !== null);
  return told.length === 0 ? null : told.reduce((sum, seconds) => sum + seconds, 0);
}
