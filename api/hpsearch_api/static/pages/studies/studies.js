import { useEffect, useRef, useState } from "preact/hooks";

import { get } from "../../api.js";
import { Button } from "../../components/button.js";
import { Empty, Loaded } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { html } from "../../html.js";
import { keep, place } from "../../router.js";
import { useResource } from "../../resource.js";
import { useStore } from "../../store.js";
import { mayWrite } from "../../who.js";
import { columns } from "./columns.js";
import { Create } from "./create.js";
import { Filters } from "./filters.js";
import { NEWEST, searchOf, wantedOf } from "./list.js";

/** @import { Study, StudyPage, StudyView } from "../../wire.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { Wanted } from "./list.js" */

/** A page, and the query that it answers. @typedef {{search: string, page: StudyPage}} Listed */

/** The list of studies, a page at a time, searched and sorted by the server. */
export function Studies() {
  const { query } = useStore(place);
  const wanted = wantedOf(query);
  const choice = searchOf(wanted);
  /** The cursors of the pages up to this one, for one choice of studies. */
  const [at, setAt] = useState({ choice, cursors: /** @type {string[]} */ ([]) });
  const cursors = at.choice === choice ? at.cursors : [];
  const studies = useStudies(searchOf(wanted, cursors.at(-1)));
  const [creating, setCreating] = useState(/** @type {Partial<Study> | null} */ (null));
  return html`<div class="page">
    <header class="page-head">
      <h1>Studies</h1>
      ${mayWrite && html`<${Button} kind="primary" icon="plus" onClick=${() => setCreating({})}>New study<//>`}
    </header>
    <${Filters} wanted=${wanted} counts=${studies.value?.page.counts ?? null} />
    <${Loaded} of=${studies} what="the studies">
      ${(/** @type {Listed} */ { page }) =>
        html`<${Found}
          page=${page}
          wanted=${wanted}
          cursors=${cursors}
          onTurn=${(/** @type {string[]} */ next) => setAt({ choice, cursors: next })}
          refresh=${studies.refresh}
          onCreate=${setCreating}
        />`}
    <//>
    ${creating !== null && html`<${Create} from=${creating} onClose=${() => setCreating(null)} />`}
  </div>`;
}

/**
 * A page of studies. While another is on its way the last one stays, and what changes is followed all the time.
 * @param {string} search
 * @returns {Resource<Listed>}
 */
function useStudies(search) {
  const latest = useRef(search);
  latest.current = search;

  /** @param {AbortSignal} signal */
  async function load(signal) {
    for (;;) {
      const search = latest.current;
      /** @type {StudyPage} */
      const page = await get(`/studies?${search}`, signal);
      if (search === latest.current) return { search, page };
    }
  }

  const studies = useResource(load, "/api/v1/events", []);
  const settled = studies.value !== null || studies.error !== null;
  useEffect(() => {
    if (settled && studies.value?.search !== search) void studies.refresh();
  }, [search]);
  return studies;
}

/**
 * @param {{page: StudyPage, wanted: Wanted, cursors: string[], onTurn: (cursors: string[]) => void, refresh: () => Promise<void>,
 *   onCreate: (from: Partial<Study>) => void}} props
 */
function Found({ page, wanted, cursors, onTurn, refresh, onCreate }) {
  const { items, next_cursor: next } = page;
  const chosen = wanted.text.trim() !== "" || wanted.tags.length > 0 || wanted.state !== "";
  if (items.length === 0 && cursors.length === 0) return chosen ? html`<${NoMatch} />` : html`<${NoStudies} onCreate=${onCreate} />`;
  return html`<${Table}
      caption="Studies"
      columns=${columns((study) => onCreate(copyOf(study)), refresh)}
      rows=${items}
      id=${(/** @type {StudyView} */ study) => study.name}
      sort=${wanted.sort}
      onSort=${(/** @type {string} */ sort) => keep({ sort: sort === NEWEST ? null : sort })}
    />
    ${(next !== null || cursors.length > 0) &&
    html`<nav class="pager" aria-label="Pages of studies">
      <${Button} disabled=${cursors.length === 0} onClick=${() => onTurn(cursors.slice(0, -1))}>Back<//>
      <span>Page ${cursors.length + 1}</span>
      <${Button} disabled=${next === null} onClick=${() => next !== null && onTurn([...cursors, next])}>Next<//>
    </nav>`}`;
}

function NoMatch() {
  return html`<${Empty} title="No study matches">
    <${Button} onClick=${() => keep({ q: null, state: null, tag: null })}>Show all<//>
  <//>`;
}

/** @param {{onCreate: (from: Partial<Study>) => void}} props */
function NoStudies({ onCreate }) {
  return html`<${Empty} title="No studies yet">
    <p>A study says what to search, how, and within which budget. Create one here, or with a file:</p>
    <pre>hpsearch init study.yaml${"\n"}hpsearch run study.yaml</pre>
    ${mayWrite && html`<${Button} kind="primary" onClick=${() => onCreate({})}>Create a study<//>`}
  <//>`;
}

/**
 * A study's definition under a name of its own.
 * @param {StudyView} study
 * @returns {Partial<Study>}
 */
export function copyOf(study) {
  return { ...study.definition, name: `${study.name.slice(0, 95)}-copy` };
}
