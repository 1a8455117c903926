import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { count, many } from "../../format.js";
import { html } from "../../html.js";
import { trialPath } from "../../router.js";
import { problemWith } from "../../trials/problems.js";
import { pick, select, useMask, useSelection } from "../../trials/selected.js";
import { written } from "../../trials/selection.js";

/** @import { StudyView } from "../../wire.js" */

/**
 * What is selected in all panels, part by part, and how to take it back. Nothing where nothing is.
 * @param {{study: StudyView}} props
 */
export function SelectionBar({ study }) {
  const { states, where, picked } = useSelection();
  const mask = useMask(study);
  if (states.length + where.length + picked.length === 0) return null;
  const total = Object.values(study.counts).reduce((sum, found) => sum + found, 0);
  const selected = mask === null ? null : mask.reduce((sum, one) => sum + one, 0);
  return html`<section class="selection" aria-label="Selection">
    ${selected !== null && html`<p role="status"><strong>${count(selected)}</strong> of ${many(total, "trial")}</p>`}
    <ul class="chips">
      ${states.map(
        (state) => html`<${Chip} key=${state} what=${state} onRemove=${() => select({ states: states.filter((other) => other !== state) })}><${Badge} state=${state} /><//>`,
      )}
      ${where.map((condition) => {
        const text = written(condition);
        const without = where.filter((other) => other !== condition);
        const problem = problemWith(study.definition, condition);
        return html`<${Chip} key=${text} what=${text} wrong=${problem !== null} onRemove=${() => select({ where: without })}>${text}${problem !== null && ` (${problem})`}<//>`;
      })}
      ${picked.map(
        (number) =>
          html`<${Chip} key=${number} what=${`trial ${number}`} onRemove=${() => pick(number)}><a href=${trialPath(study.name, number)}>trial ${number}</a><//>`,
      )}
    </ul>
    <${Button} onClick=${() => select({ states: [], where: [], picked: [] })}>Clear<//>
  </section>`;
}

/** @param {{what: string, wrong?: boolean, onRemove: () => void, children?: any}} props */
function Chip({ what, wrong = false, onRemove, children }) {
  return html`<li class=${`chip ${wrong ? "chip-wrong" : ""}`}>
    <span>${children}</span>
    <button type="button" class="chip-remove" aria-label=${`Remove ${what}`} onClick=${onRemove}>×</button>
  </li>`;
}
