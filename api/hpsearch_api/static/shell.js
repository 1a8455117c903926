import { useEffect, useRef } from "preact/hooks";

import { Notices } from "./components/notice.js";
import { Empty, OfflineBanner } from "./components/states.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { Compare } from "./pages/compare/compare.js";
import { Studies } from "./pages/studies/studies.js";
import { StudyPage } from "./pages/study/study.js";
import { TrialPage } from "./pages/trial/trial.js";
import { Workers } from "./pages/workers/workers.js";
import { Boundary } from "./panel.js";
import { time } from "./format.js";
import { place, studyPath } from "./router.js";
import { recorded } from "./recorded.js";
import { useStore } from "./store.js";
import { choose, theme } from "./theme.js";
import { who } from "./who.js";

const LINKS = /** @type {const} */ ([
  ["studies", "/", "Studies"],
  ["workers", "/workers", "Workers"],
  ["compare", "/compare", "Compare"],
]);

/** What surrounds every page. */
export function Shell() {
  return recorded === null ? html`<${Dashboard} />` : html`<${Report} report=${recorded} />`;
}

/**
 * One study, as it was when the report was made.
 * @param {{report: import("./recorded.js").Recorded}} props
 */
function Report({ report }) {
  const { study, address, at } = report;
  return html`<main class="report">
    <p class="report-head muted">
      Report of ${time(at)}. <a href=${studyPath(study)}>${study} on ${address}</a> shows how it stands now.
    </p>
    <${StudyPage} name=${study} />
  </main>`;
}

function Dashboard() {
  const here = useStore(place);
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const first = useRef(true);
  const title = titleOf(here);

  useEffect(() => {
    document.title = `${title} - hpsearch`;
    // A new page begins where reading begins; the document's own first page leaves the focus to the browser.
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [here.path]);

  return html`<div class="shell">
    <a class="skip" href="#main">Skip to the content</a>
    <nav class="side" aria-label="Main">
      <a class="brand" href="/"><img src="/static/icon.svg" alt="" width="24" height="24" />hpsearch</a>
      <ul>
        ${LINKS.map(([page, path, label]) => {
          const current = page === here.page || (page === "studies" && (here.page === "study" || here.page === "trial"));
          return html`<li key=${page}>
            <a href=${path} aria-current=${current ? "page" : undefined}><${Icon} name=${page} />${label}</a>
          </li>`;
        })}
      </ul>
      <${Account} />
    </nav>
    <div class="content">
      <${OfflineBanner} />
      <main id="main" ref=${main} tabindex="-1">
        <${Boundary} key=${here.path} what=${title}>${pageOf(here)}<//>
      </main>
    </div>
    <${Notices} />
  </div>`;
}

/** @param {import("./router.js").Place} here */
function titleOf({ page, params }) {
  if (page === "study") return params["study"] ?? "";
  if (page === "trial") return `Trial ${params["number"]} of ${params["study"]}`;
  return LINKS.find(([name]) => name === page)?.[2] ?? "Nothing here";
}

/** @param {import("./router.js").Place} here */
function pageOf({ page, params }) {
  switch (page) {
    case "studies":
      return html`<${Studies} />`;
    case "study":
      return html`<${StudyPage} key=${params["study"]} name=${params["study"]} />`;
    case "trial":
      return html`<${TrialPage} study=${params["study"]} number=${Number(params["number"])} />`;
    case "workers":
      return html`<${Workers} />`;
    case "compare":
      return html`<${Compare} />`;
    default:
      return html`<${Empty} level=${1} title="There is no such page"><p><a href="/">All studies</a></p><//>`;
  }
}

/** Who is signed in, the theme, and the way out. */
function Account() {
  const chosen = useStore(theme);
  /** @param {Event & {currentTarget: HTMLSelectElement}} event */
  const onTheme = (event) => choose(/** @type {import("./theme.js").Theme} */ (event.currentTarget.value));
  return html`<div class="account">
    <label class="theme"
      >Theme
      <select value=${chosen} onChange=${onTheme}>
        ${["system", "light", "dark"].map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select>
    </label>
    <p class="who">
      <strong>${who.name}</strong><span class="muted">${who.scope} · ${who.project}</span>
    </p>
    <form method="post" action="/login">
      <button class="button button-plain" name="sign_out" value="1">Sign out</button>
    </form>
    <p class="muted small version">Version ${who.version} · <a href="/openapi.json">API</a></p>
  </div>`;
}
