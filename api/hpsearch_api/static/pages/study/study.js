import { useState } from "preact/hooks";

import { get, Refused } from "../../api.js";
import { Empty, Loaded } from "../../components/states.js";
import { Tabs } from "../../components/tabs.js";
import { html } from "../../html.js";
import { keep, place } from "../../router.js";
import { useResource } from "../../resource.js";
import { useStore } from "../../store.js";
import { Create } from "../studies/create.js";
import { copyOf } from "../studies/studies.js";
import { AdvicePanel } from "./advice.js";
import { BestPanel } from "./best.js";
import { DefinitionPanel } from "./definition.js";
import { Header } from "./header.js";
import { ImportancePanel } from "./importance.js";
import { SummaryPanel } from "./summary.js";
import { TrialsPanel } from "./trials.js";

/** @import { Study, StudyView } from "../../wire.js" */

/**
 * The panels of each tab, in their order: one file a panel, each of which gets the study as it stands.
 * @type {{name: string, label: string, panels: ((props: {study: StudyView}) => any)[]}[]}
 */
const TABS = [
  { name: "overview", label: "Overview", panels: [SummaryPanel, BestPanel] },
  { name: "analysis", label: "Analysis", panels: [AdvicePanel, ImportancePanel] },
  { name: "trials", label: "Trials", panels: [TrialsPanel] },
  { name: "definition", label: "Definition", panels: [DefinitionPanel] },
];

/** @param {{name: string}} props */
export function StudyPage({ name }) {
  const path = `/studies/${encodeURIComponent(name)}`;
  const study = useResource((signal) => /** @type {Promise<StudyView>} */ (get(path, signal)), `/api/v1${path}/events`, [name]);
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
