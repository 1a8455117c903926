import { useNow } from "../clock.js";
import { duration, secondsBetween } from "../format.js";
import { html } from "../html.js";

/**
 * How long something took; it goes on while it has no end.
 * @param {{from: string | null, to: string | null}} props
 */
export function Elapsed({ from, to }) {
  return from !== null && to === null ? html`<${Ongoing} from=${from} />` : duration(secondsBetween(from, to));
}

/** @param {{from: string}} props */
function Ongoing({ from }) {
  useNow();
  // The server's clock may be ahead of the browser's.
  return duration(Math.max(Math.floor(secondsBetween(from, null) ?? 0), 0));
}
