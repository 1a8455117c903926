import { useState } from "preact/hooks";

import { Button } from "../../components/button.js";
import { count } from "../../format.js";
import { html } from "../../html.js";

const LINES = 16;
const CHARACTERS = 2000;

/**
 * Text of any length: its beginning, or its end, and all of it when asked for.
 * @param {{text: string, label: string, keep?: "start" | "end"}} props
 */
export function LongText({ text, label, keep = "start" }) {
  const [all, setAll] = useState(false);
  const part = shortened(text, keep);
  const cut = part.length < text.length;
  const toggle =
    cut &&
    html`<${Button} aria-expanded=${all ? "true" : "false"} onClick=${() => setAll(!all)}>
      ${all ? `Show the ${keep} only` : `Show all ${count(text.length)} characters`}
    <//>`;
  return html`<div class="long-text">
    <pre class="error" tabindex="0" role="region" aria-label=${label}>${all || !cut ? text : keep === "end" ? `…${part}` : `${part}…`}</pre>
    ${toggle}
  </div>`;
}

/**
 * The first or last lines and characters.
 * @param {string} text
 * @param {"start" | "end"} keep
 */
export function shortened(text, keep) {
  const lines = text.replace(/\n+$/, "").split("\n");
  if (keep === "start") {
    return lines.length > LINES || text.length > CHARACTERS ? lines.slice(0, LINES).join("\n").slice(0, CHARACTERS) : text;
  }
  return lines.length > LINES || text.length > CHARACTERS ? lines.slice(-LINES).join("\n").slice(-CHARACTERS) : text;
}
