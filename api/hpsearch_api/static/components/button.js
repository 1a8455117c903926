import { html } from "../html.js";
import { Icon } from "../icons.js";

/**
 * A button; while `busy` it does nothing.
 * @param {{kind?: "plain" | "primary" | "danger" | "quiet", icon?: any, busy?: boolean, type?: string, children?: any, [rest: string]: any}} props
 */
export function Button({ kind = "plain", icon, busy = false, type = "button", children, ...rest }) {
  return html`<button
    ...${rest}
    type=${type}
    class="button button-${kind}"
    aria-disabled=${busy ? "true" : undefined}
    onClick=${busy ? (/** @type {Event} */ event) => event.preventDefault() : rest.onClick}
  >
    ${icon && html`<${Icon} name=${icon} />`}${children}
  </button>`;
}
