import { useEffect, useRef, useState } from "preact/hooks";

import { Refused } from "../api.js";
import { duration } from "../format.js";
import { html } from "../html.js";
import { connection } from "../live.js";
import { useStore } from "../store.js";
import { Button } from "./button.js";

/**
 * Where there is nothing yet: what would be here, and how to get it.
 * @param {{title: string, level?: 1 | 2 | 3, children?: any}} props `level` is that of the heading: 3 within a panel
 */
export function Empty({ title, level = 2, children }) {
  return html`<div class="empty"><${`h${level}`}>${title}<//>${children}</div>`;
}

/**
 * While the first answer is on its way.
 * @param {{what: string, lines?: number}} props
 */
export function Loading({ what, lines = 4 }) {
  return html`<div class="loading" role="status">
    <span class="sr-only">Loading ${what}</span>
    ${Array.from({ length: lines }, (_, line) => html`<div key=${line} class="skeleton" aria-hidden="true"></div>`)}
  </div>`;
}

/**
 * Where an answer was an error.
 * @param {{error: Error, retry?: () => void}} props
 */
export function Failed({ error, retry }) {
  const title = error instanceof Refused ? error.title : "This could not be loaded.";
  const detail = error.message === title ? "" : error.message;
  return html`<div class="failed" role="alert">
    <p><strong>${title}</strong></p>
    ${detail && html`<p class="muted">${detail}</p>`}
    ${retry && html`<${Button} onClick=${retry}>Try again<//>`}
  </div>`;
}

/**
 * A resource: loading, its error, or what `children` makes of its value. While another value is on its way, what was made of the last one stays.
 * @template T
 * @param {{of: import("../resource.js").Resource<T>, what: string, children: (value: T) => any}} props
 */
export function Loaded({ of, what, children }) {
  const made = useRef(/** @type {any} */ (null));
  if (of.value !== null) made.current = children(of.value);
  else if (of.error !== null) made.current = null;
  if (made.current !== null) return html`<div class="loaded" aria-busy=${of.value === null ? "true" : "false"}>${made.current}</div>`;
  return of.error === null ? html`<${Loading} what=${what} />` : html`<${Failed} error=${of.error} retry=${of.refresh} />`;
}

/** Says that the server does not answer, and since when what is shown is old. */
export function OfflineBanner() {
  const { online, since } = useStore(connection);
  const [, tick] = useState(0);
  useEffect(() => {
    if (online) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [online]);
  if (online) return null;
  return html`<div class="offline" role="alert">
    <strong>The server does not answer.</strong> What you see is as it was
    <span aria-hidden="true"> ${duration((Date.now() - since) / 1000)} ago</span>; it goes on by itself when the server is back.
  </div>`;
}
