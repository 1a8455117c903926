import { useEffect, useState } from "preact/hooks";

import { Code } from "../../components/copy.js";
import { Failed, Loading } from "../../components/states.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { written } from "../studies/study-file.js";

/** @import { StudyView } from "../../wire.js" */

/**
 * The study as a file.
 * @param {{study: StudyView}} props
 */
export function DefinitionPanel({ study }) {
  const [text, setText] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  useEffect(() => {
    written(study.definition).then(setText, setError);
  }, [study.seq]);
  return html`<${Panel} title="Study file">
    ${text !== null ? html`<${Code} label="Text of the study file" text=${text} />` : error !== null ? html`<${Failed} error=${error} />` : html`<${Loading} what="the study file" />`}
  <//>`;
}
