import { useState } from "preact/hooks";

import { get } from "../../api.js";
import { SCALES } from "../../charts/choices.js";
import { Button } from "../../components/button.js";
import { useChoice } from "../../components/choice.js";
import { Empty, Loaded } from "../../components/states.js";
import { count } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useVersions } from "../../resource.js";
import { CurveChart } from "./curve-chart.js";
import { groupsOf, handovers } from "./series.js";

/** @import { TrialCurves, TrialView } from "../../wire.js" */
/** @import { Shown } from "./trial.js" */

/** Charts that are drawn at first: reports may have hundreds of metrics. */
const MOST = 8;

/**
 * All that the trial reported, a chart for each thing that was measured.
 * @param {Shown} props
 */
export function CurvesPanel({ trial }) {
  const [scale, chooseScale] = useChoice("scale", "Scale", SCALES);
  const path = `/studies/${encodeURIComponent(trial.study)}/trials/${trial.number}/curves`;
  const curves = useVersions((signal) => /** @type {Promise<TrialCurves>} */ (get(path, signal)), path, trial.seq);
  return html`<${Panel} title="Curves" actions=${chooseScale} retry=${curves.refresh}>
    <${Loaded} of=${curves} what="the curves">
      ${(/** @type {TrialCurves} */ found) =>
        found.step.length === 0
          ? html`<${Empty} level=${3} title=${trial.finished_at === null ? "Nothing reported yet" : "Nothing was reported"} />`
          : html`<${Charts} trial=${trial} curves=${found} scale=${scale} />`}
    <//>
  <//>`;
}

/** @param {{trial: TrialView, curves: TrialCurves, scale: string}} props */
function Charts({ trial, curves, scale }) {
  const [all, setAll] = useState(false);
  const groups = groupsOf(curves);
  const shown = all ? groups : groups.slice(0, MOST);
  const others = groups.length - shown.length;
  const resumed = handovers(curves);
  return html`<div class=${shown.length > 1 ? "curves" : ""}>
      ${shown.map((group) => html`<${CurveChart} key=${group.title} curves=${curves} group=${group} scale=${scale} bestStep=${trial.best_step} resumed=${resumed} />`)}
    </div>
    ${others > 0 && html`<p><${Button} onClick=${() => setAll(true)}>Show ${count(others)} more<//></p>`}
    ${curves.step.length < curves.of && html`<p class="muted small">${count(curves.step.length)} of ${count(curves.of)} steps: of each metric the ends and the extremes are among them.</p>`}`;
}
