import { useEffect, useRef, useState } from "preact/hooks";

import { Button } from "../../components/button.js";
import { count } from "../../format.js";
import { html } from "../../html.js";
import { Icon } from "../../icons.js";
import { keep } from "../../router.js";
import { LONGEST_SEARCH, TYPED_MS } from "./list.js";

/** @import { StudyCounts } from "../../wire.js" */
/** @import { Wanted } from "./list.js" */

const STATES = /** @type {const} */ (["active", "paused", "finished"]);

/**
 * Which studies are shown: by a text, by tags, by state. All of it is kept in the address.
 * @param {{wanted: Wanted, counts: StudyCounts | null}} props
 */
export function Filters({ wanted, counts }) {
  const all = counts === null ? null : STATES.reduce((sum, state) => sum + counts[state], 0);
  return html`<div class="filters">
    <${Search} value=${wanted.text} />
    <div class="segments" role="group" aria-label="State">
      <${Segment} state="" label="All" found=${all} wanted=${wanted.state} />
      ${STATES.map((state) => html`<${Segment} key=${state} state=${state} label=${state} found=${counts?.[state] ?? null} wanted=${wanted.state} />`)}
    </div>
    ${wanted.tags.length > 0 &&
    html`<ul class="tags" aria-label="Chosen tags">
      ${wanted.tags.map(
        (tag) =>
          html`<li key=${tag} class="tag">
            ${tag}
            <${Button}
              kind="quiet"
              icon="close"
              aria-label=${`Show studies without the tag ${tag} too`}
              onClick=${() => keep({ tag: wanted.tags.filter((other) => other !== tag) })}
            />
          </li>`,
      )}
    </ul>`}
  </div>`;
}

/** @param {{state: string, label: string, found: number | null, wanted: string}} props */
function Segment({ state, label, found, wanted }) {
  return html`<button type="button" aria-pressed=${state === wanted ? "true" : "false"} onClick=${() => keep({ state })}>
    ${label} ${found !== null && html`<span class="number">${count(found)}</span>`}
  </button>`;
}

/**
 * The search box: what is typed goes into the address when nobody types for a moment.
 * @param {{value: string}} props
 */
function Search({ value }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value); // the address was changed by something else
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  /** @param {Event & {currentTarget: HTMLInputElement}} event */
  function onInput(event) {
    const typed = event.currentTarget.value;
    setText(typed);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      sent.current = typed;
      keep({ q: typed });
    }, TYPED_MS);
  }

  return html`<label class="search"
    ><${Icon} name="search" /><span class="sr-only">Search studies</span>
    <input type="search" placeholder="Name, description or tag" maxlength=${LONGEST_SEARCH} value=${text} onInput=${onInput} />
  </label>`;
}
