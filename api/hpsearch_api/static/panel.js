import { Component } from "preact";

import { html } from "./html.js";

/**
 * A part of a page with a heading. What fails within it shows its error there, and leaves the rest of the page alone.
 * `retry` loads again what it shows, before another try.
 * @param {{title: string, actions?: any, retry?: () => Promise<void>, children?: any}} props
 */
export function Panel({ title, actions, retry, children }) {
  const heading = `panel-${title.toLowerCase().replace(/\W+/g, "-")}`;
  return html`<section class="panel" aria-labelledby=${heading}>
    <header class="panel-head">
      <h2 id=${heading}>${title}</h2>
      ${actions && html`<div class="panel-actions">${actions}</div>`}
    </header>
    <${Boundary} what=${title} retry=${retry}>${children}<//>
  </section>`;
}

/**
 * Shows the error of what is below it, in its place, with a way to try again.
 * @extends {Component<{what: string, retry?: (() => Promise<void>) | undefined, children?: any}, {error: Error | null}>}
 */
export class Boundary extends Component {
  constructor() {
    super();
    /** @override @type {{error: Error | null}} */
    this.state = { error: null };
  }

  /**
   * @override
   * @param {Error} error
   */
  static getDerivedStateFromError(error) {
    return { error };
  }

  /** @override */
  render() {
    const { error } = this.state;
    const again = async () => {
      await this.props.retry?.();
      this.setState({ error: null });
    };
    if (error === null) return this.props.children;
    return html`<div class="failed" role="alert">
      <p><strong>${this.props.what} could not be shown.</strong></p>
      <p class="muted">${String(error.message)}</p>
      <button class="button" onClick=${again}>Try again</button>
    </div>`;
  }
}
