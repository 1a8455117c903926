import { useState } from "preact/hooks";

import { Refused, send } from "../../api.js";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Field } from "../../components/field.js";
import { html } from "../../html.js";
import { place } from "../../router.js";
import { useStore } from "../../store.js";
import { tagPath } from "./list.js";

/** @import { StudyView } from "../../wire.js" */

/**
 * The tags of a study; each leads to the studies that have it too, within those that are shown.
 * @param {{study: StudyView}} props
 */
export function TagList({ study }) {
  const { query, page } = useStore(place);
  const { tags } = study.definition;
  if (tags.length === 0) return null;
  return html`<ul class="tags" aria-label=${`Tags of ${study.name}`}>
    ${tags.map((tag) => html`<li key=${tag}><a class="tag" href=${tagPath(tag, page === "studies" ? query : undefined)}>${tag}</a></li>`)}
  </ul>`;
}

/**
 * Adds and removes tags, each at once; what others did meanwhile stays, and is shown.
 * @param {{study: StudyView, onClose: () => void, onChanged: () => Promise<void>}} props
 */
export function EditTags({ study, onClose, onChanged }) {
  const [tags, setTags] = useState(study.definition.tags);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  /** @param {{add?: string[], remove?: string[]}} change */
  async function change(change) {
    if (busy) return false;
    setBusy(true);
    setProblem("");
    try {
      const { body } = await send("PATCH", `/studies/${encodeURIComponent(study.name)}`, { tags: change });
      setTags(/** @type {StudyView} */ (body).definition.tags);
      await onChanged();
      return true;
    } catch (error) {
      const said = error instanceof Refused ? (error.fields[0]?.message ?? error.message) : String(error);
      setProblem(said);
      return false;
    } finally {
      setBusy(false);
    }
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (text.trim() !== "" && (await change({ add: [text.trim()] }))) setText("");
  }

  return html`<${Dialog} title=${`Tags of ${study.name}`} onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      ${tags.length === 0
        ? html`<p class="muted">It has none yet.</p>`
        : html`<ul class="tags" aria-label="Its tags">
            ${tags.map(
              (tag) =>
                html`<li key=${tag} class="tag">
                  ${tag}
                  <${Button} kind="quiet" icon="close" aria-label=${`Remove ${tag}`} busy=${busy} onClick=${() => change({ remove: [tag] })} />
                </li>`,
            )}
          </ul>`}
      <${Field} label="New tag" value=${text} onInput=${setText} error=${problem || undefined} maxlength=${64} autofocus />
      <div class="dialog-buttons">
        <${Button} onClick=${onClose}>Close<//>
        <${Button} kind="primary" type="submit" busy=${busy}>Add<//>
      </div>
    </form>
  <//>`;
}
