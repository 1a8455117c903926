import { useState } from "preact/hooks";

import { html } from "../html.js";
import { Button } from "./button.js";
import { say } from "./notice.js";

/**
 * Text to read and to copy.
 * @param {{text: string, label: string}} props
 */
export function Code({ text, label }) {
  const [copied, setCopied] = useState(false);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      say("problem", "The browser did not let the text be copied; select it and copy it by hand.");
    }
  }
  return html`<div class="code">
    <${Button} kind="quiet" icon="copy" onClick=${copy}>${copied ? "Copied" : "Copy"}<//>
    <pre tabindex="0" role="region" aria-label=${label}>${text}</pre>
  </div>`;
}
