import { Empty, Loaded } from "../../components/states.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";
import { ObjectiveChoice, useObjective } from "./objective.js";

/** @import { Resource } from "../../resource.js" */
/** @import { Importances, StudyView } from "../../wire.js" */

/**
 * How much each parameter matters.
 * @param {{study: StudyView}} props
 */
export function ImportancePanel({ study }) {
  const { objective } = useObjective(study);
  const found = /** @type {Resource<Importances>} */ (useOfStudy(study.name, `/importance?objective=${objective}`));
  return html`<${Panel} title="Importance" retry=${found.refresh} actions=${html`<${ObjectiveChoice} study=${study} />`}>
    <${Loaded} of=${found} what="the importances">
      ${(/** @type {Importances} */ { importances }) => {
        const shares = Object.entries(importances);
        return shares.length === 0
          ? html`<${Empty} level=${3} title="Too few trials to tell"><p class="muted">It takes a few completed trials with different values.</p><//>`
          : html`<table class="shares">
              <thead><tr><th scope="col">Parameter</th><th scope="col">Share</th></tr></thead>
              <tbody>
                ${shares.map(
                  ([name, share]) => html`<tr key=${name}>
                    <th scope="row">${name}</th>
                    <td><meter min="0" max="1" value=${share} aria-hidden="true"></meter> ${(share * 100).toFixed(1)} %</td>
                  </tr>`,
                )}
              </tbody>
            </table>`;
      }}
    <//>
  <//>`;
}
