import { useEffect, useState } from "preact/hooks";

import { useChoice } from "../../components/choice.js";
import { Code } from "../../components/copy.js";
import { Failed, Loading } from "../../components/states.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { server } from "../../router.js";
import { STUDY_FORMS } from "./code.js";

/** @import { StudyView } from "../../wire.js" */

/**
 * The study as a file, and as what makes it on a server.
 * @param {{study: StudyView}} props
 */
export function DefinitionPanel({ study }) {
  const [form, chooseForm] = useChoice("as", "As", Object.entries(STUDY_FORMS).map(([name, { label }]) => [name, label]));
  const [text, setText] = useState(/** @type {{form: string, text: string} | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  useEffect(() => {
    const write = async () => STUDY_FORMS[form]?.write(study.definition, server) ?? "";
    write().then((found) => setText({ form, text: found }), setError);
  }, [form, study.seq]);
  return html`<${Panel} title="Study file" actions=${chooseForm}>
    ${text?.form === form
      ? html`<${Code} key=${form} label="Text of the study file" text=${text.text} />`
      : error !== null
        ? html`<${Failed} error=${error} />`
        : html`<${Loading} what="the study file" />`}
  <//>`;
}
