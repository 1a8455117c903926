import { useState } from "preact/hooks";

import { Refused } from "../../api.js";
import { Empty, Loaded } from "../../components/states.js";
import { Tabs } from "../../components/tabs.js";
import { html } from "../../html.js";
import { keep, place } from "../../router.js";
import { useOfStudy } from "../../resource.js";
import { useStore } from "../../store.js";
import { Create } from "../studies/create.js";
import { copyOf } from "../studies/studies.js";
import { AdvicePanel } from "./advice.js";
import { BestPanel } from "./best.js";
import { ContourPanel } from "./contour.js";
import { CostsPanel } from "./costs.js";
import { CurvesPanel } from "./curves.js";
import { DefinitionPanel } from "./definition.js";
import { EdfPanel } from "./edf.js";
import { EventsPanel } from "./events.js";
import { Header } from "./header.js";
import { HistoryPanel } from "./history.js";
import { ImportancePanel } from "./importance.js";
import { ParallelPanel } from "./parallel.js";
import { ParetoPanel } from "./pareto.js";
import { RankPanel } from "./rank.js";
import { RungsPanel } from "./rungs.js";
import { SelectionBar } from "./selection.js";
import { SlicePanel } from "./slice.js";
import { SummaryPanel } from "./summary.js";
import { TimelinePanel } from "./timeline.js";
import { TrialsPanel } from "./trials.js";

/** @import { Study, StudyChange, StudyView } from "../../wire.js" */

/**
 * The panels of each tab, in their order: one file a panel, each of which gets the study as it stands.
 * @type {{name: string, label: string, panels: ((props: {study: StudyView}) => any)[]}[]}
 */
const TABS = [
  { name: "overview", label: "Overview", panels: [SummaryPanel, HistoryPanel, ParetoPanel, CurvesPanel, BestPanel] },
  { name: "analysis", label: "Analysis", panels: [AdvicePanel, ImportancePanel, ParallelPanel, SlicePanel, ContourPanel, RankPanel, EdfPanel] },
  { name: "trials", label: "Trials", panels: [TrialsPanel] },
  { name: "attempts", label: "Attempts", panels: [TimelinePanel, CostsPanel, RungsPanel] },
  { name: "events", label: "Events", panels: [EventsPanel] },
  { name: "definition", label: "Definition", panels: [DefinitionPanel] },
];

/** @param {{name: string}} props */
export function StudyPage({ name }) {
  const study = useOfStudy(name, "", after);
  const [cloning, setCloning] = useState(/** @type {Partial<Study> | null} */ (null));
  const { query } = useStore(place);
  if (study.error instanceof Refused && study.error.code === "study_not_found") {
    return html`<${Empty} level=${1} title=${`There is no study ${name}`}>
      <p>It was deleted, or never existed. <a href="/">All studies</a></p>
    <//>`;
  }
  return html`<div class="page">
    <${Loaded} of=${study} what=${name}>
      ${(/** @type {StudyView} */ found) =>
        html`<${Header} study=${found} refresh=${study.refresh} onClone=${() => setCloning(copyOf(found))} />
          <${SelectionBar} study=${found} />
          <${Tabs}
            label="Parts of the study"
            chosen=${query.get("tab") ?? "overview"}
            onChoose=${(/** @type {string} */ tab) => keep({ tab: tab === "overview" ? null : tab })}
            tabs=${TABS.map(({ name, label, panels }) => ({
              name,
              label,
              content: () => html`<div class="panels">${panels.map((panel) => html`<${panel} key=${panel.name} study=${found} />`)}</div>`,
            }))}
          />`}
    <//>
    ${cloning !== null && html`<${Create} from=${cloning} onClose=${() => setCloning(null)} />`}
  </div>`;
}

/**
 * The study as it stands after a change; null where it is no more.
 * @param {StudyView} study
 * @param {StudyChange} change
 * @returns {StudyView | null}
 */
function after(study, change) {
  if (change.deleted) return null;
  if (change.seq <= study.seq) return study;
  const { description, tags, budget, events, complete, deleted, study: name, ...stands } = change;
  return { ...study, ...stands, definition: { ...study.definition, description, tags, budget } };
}
