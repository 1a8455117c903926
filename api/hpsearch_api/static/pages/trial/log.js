import { useLayoutEffect, useRef } from "preact/hooks";

import { Loaded } from "../../components/states.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useArtifact } from "./artifact.js";

/** @import { TrialDetail } from "../../wire.js" */
/** @import { Shown } from "./trial.js" */

/** So near to the end, in pixels, a reader follows it. */
const NEAR = 24;

/**
 * The end of what the training process printed; nothing where its worker told none.
 * @param {Shown} props
 */
export function LogPanel({ trial }) {
  return trial.artifacts.includes("log_tail") ? html`<${Log} trial=${trial} />` : null;
}

/** @param {{trial: TrialDetail}} props */
function Log({ trial }) {
  const log = useArtifact(trial, "log_tail");
  return html`<${Panel} title="End of the log" retry=${log.refresh}>
    <${Loaded} of=${log} what="the log">${(/** @type {[unknown]} */ [text]) => html`<${Tail} text=${typeof text === "string" ? text : JSON.stringify(text, null, 2)} />`}<//>
  <//>`;
}

/**
 * Text that is seen from its end, and stays there while it grows unless the reader went up in it.
 * @param {{text: string}} props
 */
function Tail({ text }) {
  const ref = useRef(/** @type {HTMLPreElement | null} */ (null));
  const follows = useRef(true);
  useLayoutEffect(() => {
    if (follows.current && ref.current !== null) ref.current.scrollTop = ref.current.scrollHeight;
  }, [text]);
  /** @param {Event & {currentTarget: HTMLPreElement}} event */
  const onScroll = ({ currentTarget: at }) => {
    follows.current = at.scrollHeight - at.clientHeight - at.scrollTop < NEAR;
  };
  return html`<pre ref=${ref} class="log" tabindex="0" role="region" aria-label="Last lines" onScroll=${onScroll}>${text}</pre>`;
}
