import { useState } from "preact/hooks";

import { Button } from "../../components/button.js";
import { Check } from "../../components/field.js";
import { count } from "../../format.js";
import { html } from "../../html.js";
import { Icon } from "../../icons.js";

/** @import { StudyView } from "../../wire.js" */

/**
 * Chooses among all studies, by a search and boxes.
 * @param {{studies: StudyView[], chosen: string[], onChoose: (names: string[]) => void}} props
 */
export function Chooser({ studies, chosen, onChoose }) {
  const [search, setSearch] = useState("");
  const found = matching(studies, search);
  const known = studies.filter(({ name }) => chosen.includes(name)).length;
  const others = found.filter((name) => !chosen.includes(name));
  /** @param {string} name @param {boolean} wanted */
  const toggle = (name, wanted) => onChoose(wanted ? [...chosen, name] : chosen.filter((other) => other !== name));
  return html`<fieldset class="chooser">
    <legend>Studies</legend>
    <div class="filters">
      <label class="search"
        ><${Icon} name="search" /><span class="sr-only">Search studies</span>
        <input type="search" placeholder="Search" value=${search} onInput=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => setSearch(event.currentTarget.value)} />
      </label>
      ${search !== "" && others.length > 0 && html`<${Button} onClick=${() => onChoose([...chosen, ...others])}>Choose ${count(others.length)} more<//>`}
      ${chosen.length > 0 && html`<${Button} onClick=${() => onChoose([])}>Clear<//>`}
      <p class="muted small" role="status">${known === 0 ? "None" : count(known)} of ${count(studies.length)} chosen</p>
    </div>
    <div class="chooser-list">
      ${found.length === 0 && html`<p class="muted">No study matches.</p>`}
      ${found.map((name) => html`<${Check} key=${name} label=${name} checked=${chosen.includes(name)} onInput=${(/** @type {boolean} */ wanted) => toggle(name, wanted)} />`)}
    </div>
  </fieldset>`;
}

/**
 * The names of the studies whose name, description or a tag has the text, any case; the newest first.
 * @param {StudyView[]} studies
 * @param {string} text
 */
function matching(studies, text) {
  const wanted = text.trim().toLowerCase();
  const found = studies.filter(({ name, definition }) => [name, definition.description, ...definition.tags].some((part) => part.toLowerCase().includes(wanted)));
  return found.sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at)).map(({ name }) => name);
}
