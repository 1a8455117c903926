import { useState } from "preact/hooks";

import { all } from "../../api.js";
import { Button } from "../../components/button.js";
import { Empty, Loaded } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { count } from "../../format.js";
import { html } from "../../html.js";
import { Icon } from "../../icons.js";
import { keep, place } from "../../router.js";
import { useResource } from "../../resource.js";
import { useStore } from "../../store.js";
import { mayWrite } from "../../who.js";
import { columns } from "./columns.js";
import { Create } from "./create.js";
import { chosen, NEWEST } from "./list.js";

/** @import { Study, StudyView } from "../../wire.js" */

const STATES = /** @type {const} */ (["", "active", "paused", "finished"]);

/** The list of all studies. */
export function Studies() {
  const studies = useResource((signal) => /** @type {Promise<StudyView[]>} */ (all("/studies", signal)), "/api/v1/events", []);
  const [creating, setCreating] = useState(/** @type {Partial<Study> | null} */ (null));
  return html`<div class="page">
    <header class="page-head">
      <h1>Studies</h1>
      ${mayWrite && html`<${Button} kind="primary" icon="plus" onClick=${() => setCreating({})}>New study<//>`}
    </header>
    <${Loaded} of=${studies} what="the studies">
      ${(/** @type {StudyView[]} */ found) =>
        html`<${Found} studies=${found} refresh=${studies.refresh} onCreate=${setCreating} />`}
    <//>
    ${creating !== null && html`<${Create} from=${creating} onClose=${() => setCreating(null)} />`}
  </div>`;
}

/** @param {{studies: StudyView[], refresh: () => Promise<void>, onCreate: (from: Partial<Study>) => void}} props */
function Found({ studies, refresh, onCreate }) {
  const { query } = useStore(place);
  if (studies.length === 0) {
    return html`<${Empty} title="No studies yet">
      <p>A study says what to search, how, and within which budget. Create one here, or with a file:</p>
      <pre>hpsearch init study.yaml${"\n"}hpsearch run study.yaml</pre>
      ${mayWrite && html`<${Button} kind="primary" onClick=${() => onCreate({})}>Create a study<//>`}
    <//>`;
  }
  const wanted = { query: query.get("q") ?? "", state: query.get("state") ?? "", sort: query.get("sort") ?? NEWEST };
  const rows = chosen(studies, wanted);
  return html`<${Filters} studies=${studies} wanted=${wanted} />
    ${rows.length === 0
      ? html`<${Empty} title="No study matches">
          <${Button} onClick=${() => keep({ q: null, state: null })}>Show all<//>
        <//>`
      : html`<${Table}
          caption="Studies"
          columns=${columns((study) => onCreate(copyOf(study)), refresh)}
          rows=${rows}
          id=${(/** @type {StudyView} */ study) => study.name}
          sort=${wanted.sort}
          onSort=${(/** @type {string} */ sort) => keep({ sort: sort === NEWEST ? null : sort })}
        />`}`;
}

/** @param {{studies: StudyView[], wanted: {query: string, state: string}}} props */
function Filters({ studies, wanted }) {
  /** @param {Event & {currentTarget: HTMLInputElement}} event */
  const onSearch = (event) => keep({ q: event.currentTarget.value });
  return html`<div class="filters">
    <label class="search"
      ><${Icon} name="search" /><span class="sr-only">Search studies</span>
      <input type="search" placeholder="Search" value=${wanted.query} onInput=${onSearch} />
    </label>
    <div class="segments" role="group" aria-label="State">
      ${STATES.map((state) => {
        const found = state === "" ? studies.length : studies.filter((study) => study.state === state).length;
        const pressed = state === wanted.state;
        return html`<button
          key=${state}
          type="button"
          aria-pressed=${pressed ? "true" : "false"}
          onClick=${() => keep({ state })}
        >
          ${state === "" ? "All" : state} <span class="number">${count(found)}</span>
        </button>`;
      })}
    </div>
  </div>`;
}

/**
 * A study's definition under a name of its own.
 * @param {StudyView} study
 * @returns {Partial<Study>}
 */
export function copyOf(study) {
  return { ...study.definition, name: `${study.name.slice(0, 95)}-copy` };
}
