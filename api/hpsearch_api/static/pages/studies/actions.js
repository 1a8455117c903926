import { useState } from "preact/hooks";

import { get, Refused, send } from "../../api.js";
import { Confirm } from "../../components/confirm.js";
import { Menu } from "../../components/menu.js";
import { say } from "../../components/notice.js";
import { many } from "../../format.js";
import { html } from "../../html.js";
import { go, place, studyPath } from "../../router.js";
import { mayWrite } from "../../who.js";
import { Extend } from "./extend.js";
import { EditTags } from "./tags.js";

/** @import { StudyState, StudyView } from "../../wire.js" */

const DONE = { active: "resumed", paused: "paused", finished: "stopped" };

/** @param {string} name */
const pathOf = (name) => `/studies/${encodeURIComponent(name)}`;

/**
 * Brings a study into a state, and says what became of it: also when somebody else was faster. Raises what the server refuses.
 * @param {StudyView} shown the study as the reader saw it
 * @param {StudyState} state
 */
export async function become(shown, state) {
  /** @type {StudyView} */
  const now = await get(pathOf(shown.name));
  if (now.state === state) {
    say("done", `${shown.name} is ${state} already; somebody else was faster.`);
    return;
  }
  await send("PATCH", pathOf(shown.name), { state });
  const meanwhile = now.state === shown.state ? "" : ` It was ${now.state} meanwhile.`;
  say("done", `${shown.name} ${DONE[state]}.${meanwhile}`);
}

/**
 * Deletes a study; one that is gone already is gone.
 * @param {string} name
 */
async function remove(name) {
  try {
    await send("DELETE", pathOf(name));
    say("done", `${name} deleted.`);
  } catch (error) {
    if (!(error instanceof Refused && error.code === "study_not_found")) throw error;
    say("done", `${name} was deleted already; somebody else was faster.`);
  }
  if (place.value.path === studyPath(name)) go("/");
}

/**
 * What can be done to a study, as a menu, with the questions it asks.
 * @param {{study: StudyView, onClone: (study: StudyView) => void, onChanged: () => Promise<void>, children?: any}} props
 */
export function StudyMenu({ study, onClone, onChanged, children }) {
  const [asking, setAsking] = useState(/** @type {"stop" | "extend" | "tags" | "delete" | null} */ (null));
  if (!mayWrite) return null;

  /** @param {StudyState} state */
  async function change(state) {
    try {
      await become(study, state);
    } catch (error) {
      say("problem", `${study.name}: ${error instanceof Error ? error.message : error}`);
    }
    await onChanged();
  }

  const close = () => setAsking(null);
  const choices = [
    study.state === "active"
      ? { label: "Pause", act: () => void change("paused") }
      : { label: "Resume", act: () => void change("active") },
    ...(study.state === "finished" ? [] : [{ label: "Stop…", act: () => setAsking("stop") }]),
    { label: "Extend…", act: () => setAsking("extend") },
    { label: "Tags…", act: () => setAsking("tags") },
    { label: "Clone…", act: () => onClone(study) },
    { label: "Delete…", act: () => setAsking("delete"), danger: true },
  ];
  return html`<${Menu} label=${`Actions for ${study.name}`} choices=${choices}>${children}<//>
    ${asking === "stop" && html`<${Stop} study=${study} onClose=${close} onChanged=${onChanged} />`}
    ${asking === "delete" && html`<${Delete} study=${study} onClose=${close} onChanged=${onChanged} />`}
    ${asking === "tags" && html`<${EditTags} study=${study} onClose=${close} onChanged=${onChanged} />`}
    ${asking === "extend" && html`<${Extend} study=${study} onClose=${close} onChanged=${onChanged} />`}`;
}

/** @param {{study: StudyView, onClose: () => void, onChanged: () => Promise<void>}} props */
function Stop({ study, onClose, onChanged }) {
  const { running, queued, paused } = study.counts;
  async function act() {
    await become(study, "finished");
    onClose();
    await onChanged();
  }
  return html`<${Confirm} title=${`Stop ${study.name}?`} verb="Stop" act=${act} onClose=${onClose}>
    <p>
      No further trial begins. ${many(running, "running trial")} will be ended by the workers, and
      ${many(queued + paused, "waiting trial")} cancelled. What is finished stays.
    </p>
  <//>`;
}

/** @param {{study: StudyView, onClose: () => void, onChanged: () => Promise<void>}} props */
function Delete({ study, onClose, onChanged }) {
  const all = Object.values(study.counts).reduce((sum, count) => sum + count, 0);
  async function act() {
    await remove(study.name);
    onClose();
    await onChanged();
  }
  return html`<${Confirm} title=${`Delete ${study.name}?`} verb="Delete" typed=${study.name} act=${act} onClose=${onClose}>
    <p>Its ${many(all, "trial")} and all that was reported of them are gone for good, and its workers lose what they are training.</p>
  <//>`;
}
