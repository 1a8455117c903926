import { useEffect, useRef, useState } from "preact/hooks";

import { Refused, send } from "../../api.js";
import { Button } from "../../components/button.js";
import { Dialog } from "../../components/dialog.js";
import { Field } from "../../components/field.js";
import { say } from "../../components/notice.js";
import { Tabs } from "../../components/tabs.js";
import { html } from "../../html.js";
import { go, studyPath } from "../../router.js";
import { draftOf, newParameter, pathsOf, repeated, studyOf } from "./draft.js";
import { StudyForm } from "./form.js";
import { isJson, read, written } from "./study-file.js";

/** @import { ProblemField, Study, StudyView } from "../../wire.js" */

/** How long nobody types before the server is asked. */
const CHECK_MS = 300;

/** @typedef {{said: boolean, valid: boolean, message: string, fields: ProblemField[]}} Verdict */

/** What the form cannot say to the server. */
class Malformed extends Error {
  /** @param {ProblemField[]} fields */
  constructor(fields) {
    super("");
    this.fields = fields;
  }
}

/** @type {Verdict} */
const UNKNOWN = { said: false, valid: false, message: "", fields: [] };

/**
 * Creates a study, from a form or a study file; the server checks it while it is typed.
 * @param {{from: Partial<Study>, onClose: () => void}} props
 */
export function Create({ from, onClose }) {
  const blank = Object.keys(from).length === 0;
  const [tab, setTab] = useState("form");
  const [draft, setDraft] = useState(() => (blank ? { ...draftOf(from), parameters: [newParameter()] } : draftOf(from)));
  const [text, setText] = useState("");
  const [verdict, setVerdict] = useState(UNKNOWN);
  const [touched, setTouched] = useState(!blank);
  const [busy, setBusy] = useState(false);
  const current = useRef({ tab, draft, text });
  current.current = { tab, draft, text };

  useEffect(() => {
    if (!touched) return undefined;
    const aborter = new AbortController();
    const timer = setTimeout(async () => {
      const found = await checked(current.current, aborter.signal);
      if (found !== null) setVerdict(found);
    }, CHECK_MS);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [tab, draft, text, touched]);

  /** @param {string} next */
  async function onTab(next) {
    if (next === tab) return;
    if (next === "file" && touched) setText(await written(studyOf(draft)));
    if (next === "form" && text.trim() !== "") {
      try {
        const found = await read(text);
        if (typeof found !== "object" || found === null) throw new Error("A study file begins with the names of fields.");
        setDraft(draftOf(/** @type {Partial<Study>} */ (found)));
      } catch (error) {
        setVerdict(malformed(error));
        return; // the form could not show it
      }
    }
    setTab(next);
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    setTouched(true);
    setBusy(true);
    try {
      const { status, body } = await send("POST", "/studies", await bodyOf(current.current));
      const { name } = /** @type {StudyView} */ (body);
      say("done", status === 201 ? `${name} created.` : `${name} exists with this very definition; this is it.`);
      onClose();
      go(studyPath(name));
    } catch (error) {
      setVerdict(judged(error));
      setBusy(false);
    }
  }

  const shown = tab === "form" ? pathsOf(draft) : new Set();
  const listed = verdict.fields.filter(({ field }) => !shown.has(field));
  /** @param {string} path */
  const problems = (path) => verdict.fields.find(({ field }) => field === path)?.message;
  /** @param {any} next */
  const onDraft = (next) => {
    setTouched(true);
    setDraft(next);
  };
  /** @param {string} next */
  const onText = (next) => {
    setTouched(true);
    setText(next);
  };
  const tabs = [
    { name: "form", label: "Form", content: () => html`<${StudyForm} draft=${draft} onChange=${onDraft} problems=${problems} />` },
    {
      name: "file",
      label: "Study file",
      content: () => html`<${Field} label="YAML or JSON" value=${text} onInput=${onText} lines=${18} autofocus class="mono" />`,
    },
  ];
  return html`<${Dialog} title="New study" wide onClose=${onClose}>
    <form class="stack" onSubmit=${submit} novalidate>
      <${Tabs} label="How to describe the study" tabs=${tabs} chosen=${tab} onChoose=${onTab} />
      <div class="dialog-buttons">
        <${Judgement} verdict=${verdict} listed=${listed} />
        <${Button} onClick=${onClose}>Cancel<//>
        <${Button} kind="primary" type="submit" busy=${busy}>Create<//>
      </div>
    </form>
  <//>`;
}

/**
 * What the server said last; `listed` are the problems that no field shows.
 * @param {{verdict: Verdict, listed: ProblemField[]}} props
 */
function Judgement({ verdict, listed }) {
  return html`<div class="verdict" role="status">
    ${verdict.said && verdict.valid && html`<p class="fine">Valid</p>`}
    ${verdict.said && !verdict.valid && html`<p class="problem">${verdict.message}</p>`}
    ${listed.length > 0 &&
    html`<ul class="problems">
      ${listed.map(({ field, message }) => html`<li key=${field}><code>${field || "the file"}</code> ${message}</li>`)}
    </ul>`}
  </div>`;
}

/**
 * What is sent: of JSON the very text, whose numbers are then not rounded.
 * @param {{tab: string, draft: import("./draft.js").Draft, text: string}} given
 */
async function bodyOf({ tab, draft, text }) {
  if (tab === "form") {
    const twice = repeated(draft);
    if (twice.length > 0) throw new Malformed(twice);
    return studyOf(draft);
  }
  if (isJson(text)) return text;
  return (await read(text)) ?? null;
}

/**
 * What the server says of it; null when it was not asked to the end.
 * @param {{tab: string, draft: import("./draft.js").Draft, text: string}} given
 * @param {AbortSignal} signal
 * @returns {Promise<Verdict | null>}
 */
async function checked(given, signal) {
  if (given.tab === "file" && given.text.trim() === "") return UNKNOWN;
  try {
    await send("POST", "/check", await bodyOf(given), signal);
    return signal.aborted ? null : { said: true, valid: true, message: "", fields: [] };
  } catch (error) {
    return signal.aborted ? null : judged(error);
  }
}

/**
 * @param {unknown} error
 * @returns {Verdict}
 */
function judged(error) {
  if (!(error instanceof Refused || error instanceof Malformed)) return malformed(error);
  const { message, fields } = error;
  if (error instanceof Refused && error.code === "study_exists") return { said: true, valid: false, message, fields: [{ field: "name", message }] };
  const several = `${fields.length} things are not right yet`;
  return { said: true, valid: false, message: fields.length === 0 ? message : fields.length === 1 ? "One thing is not right yet" : several, fields };
}

/**
 * @param {unknown} error
 * @returns {Verdict}
 */
function malformed(error) {
  return { said: true, valid: false, message: error instanceof Error ? error.message : String(error), fields: [] };
}
