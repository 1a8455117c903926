import { Badge, REASONS } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { say } from "../../components/notice.js";
import { html } from "../../html.js";
import { recorded } from "../../recorded.js";
import { mayWrite } from "../../who.js";
import { become, StudyMenu } from "../studies/actions.js";
import { TagList } from "../studies/tags.js";

/** @import { StudyView } from "../../wire.js" */

/**
 * Name, state, why it is in it, and what can be done.
 * @param {{study: StudyView, refresh: () => Promise<void>, onClone: () => void}} props
 */
export function Header({ study, refresh, onClone }) {
  const next = study.state === "active" ? "paused" : "active";
  async function onNext() {
    try {
      await become(study, next);
    } catch (error) {
      say("problem", `${study.name}: ${error instanceof Error ? error.message : error}`);
    }
    await refresh();
  }
  const { description, objective } = study.definition;
  return html`<header class="page-head">
      <div class="page-title">
        ${recorded === null && html`<p class="crumbs"><a href="/">Studies</a></p>`}
        <h1>${study.name} <${Badge} state=${study.state} reason=${study.reason} /></h1>
        <p class="muted">${description || objective}</p>
        <${TagList} study=${study} />
      </div>
      ${mayWrite &&
      html`<div class="page-actions">
        <${Button} onClick=${onNext}>${study.state === "active" ? "Pause" : "Resume"}<//>
        <${StudyMenu} study=${study} onClone=${onClone} onChanged=${refresh}>More<//>
      </div>`}
    </header>
    ${study.reason !== null &&
    html`<p class="why">
      <strong>${study.state}</strong>: ${REASONS[study.reason] ?? study.reason}${study.reason_detail && html`. ${study.reason_detail}`}
    </p>`}`;
}
