import { useState } from "preact/hooks";

import { Button } from "../../components/button.js";
import { Empty, Loaded } from "../../components/states.js";
import { clock, day, time } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy } from "../../resource.js";
import { trialPath, useOption } from "../../router.js";
import { inWords } from "./words.js";

/** @import { Resource } from "../../resource.js" */
/** @import { StudyEvent, StudyView } from "../../wire.js" */

/** Of one trial all are shown at once: it has a few for each attempt. */
const MOST_OF_TRIAL = 1000;
const FAULTS = new Set(["failed", "fatal", "expired"]);

/** @typedef {{items: StudyEvent[], next_cursor: string | null}} Page */

/**
 * What happened in a study, or to one of its trials, the newest first.
 * @param {{study: StudyView}} props
 */
export function EventsPanel({ study }) {
  const [trial, setTrial] = useOption("events", "");
  const actions = html`<${OfTrial} key=${trial} trial=${trial} onChoose=${setTrial} />`;
  return html`<${Panel} title="Events" actions=${actions}>
    ${/^\d+$/.test(trial) ? html`<${TrialEvents} key=${trial} study=${study} trial=${Number(trial)} />` : html`<${StudyEvents} study=${study} />`}
  <//>`;
}

/** @param {{trial: string, onChoose: (trial: string) => void}} props */
function OfTrial({ trial, onChoose }) {
  const [text, setText] = useState(trial);
  /** @param {Event} event */
  function onSubmit(event) {
    event.preventDefault();
    onChoose(text.trim());
  }
  return html`<form class="of-trial" onSubmit=${onSubmit}>
    <label>
      Of trial
      <input inputmode="numeric" pattern="[0-9]*" placeholder="any" value=${text} onInput=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => setText(event.currentTarget.value)} />
    </label>
    <${Button} type="submit">Show<//>
    ${trial !== "" && html`<${Button} onClick=${() => onChoose("")}>All<//>`}
  </form>`;
}

/** @param {{study: StudyView}} props */
function StudyEvents({ study }) {
  /** The cursors of the pages up to this one. */
  const [cursors, setCursors] = useState(/** @type {string[]} */ ([]));
  const cursor = cursors.at(-1);
  const found = /** @type {Resource<Page>} */ (useOfStudy(study.name, cursor === undefined ? "/history" : `/history?${new URLSearchParams({ cursor })}`));
  return html`<${Loaded} of=${found} what="the events">
    ${(/** @type {Page} */ { items, next_cursor: next }) =>
      html`<${Days} study=${study} events=${items} />
        <nav class="pager" aria-label="Pages of events">
          <${Button} disabled=${cursors.length === 0} onClick=${() => setCursors(cursors.slice(0, -1))}>Newer<//>
          <span>${cursors.length === 0 ? "The newest" : `Page ${cursors.length + 1}`}</span>
          <${Button} disabled=${next === null} onClick=${() => next !== null && setCursors([...cursors, next])}>Older<//>
        </nav>`}
  <//>`;
}

/** @param {{study: StudyView, trial: number}} props */
function TrialEvents({ study, trial }) {
  const found = /** @type {Resource<Page>} */ (useOfStudy(study.name, `/trials/${trial}/history?limit=${MOST_OF_TRIAL}`));
  return html`<${Loaded} of=${found} what=${`the events of trial ${trial}`}>
    ${(/** @type {Page} */ { items }) => html`<${Days} study=${study} events=${items.map((event) => ({ ...event, trial })).reverse()} />`}
  <//>`;
}

/** @param {{study: StudyView, events: StudyEvent[]}} props */
function Days({ study, events }) {
  if (events.length === 0) return html`<${Empty} level=${3} title="Nothing has happened yet" />`;
  const days = [...new Set(events.map(({ at }) => day(at)))];
  return days.map((name) => {
    const mine = events.filter(({ at }) => day(at) === name);
    return html`<section key=${name} aria-label=${name}>
      <h3 class="events-day">${name}</h3>
      <ol class="events">${mine.map((event) => html`<${One} key=${`${event.seq} ${event.trial} ${event.attempt} ${event.cause}`} study=${study} event=${event} />`)}</ol>
    </section>`;
  });
}

/** @param {{study: StudyView, event: StudyEvent}} props */
function One({ study, event }) {
  const { trial, at, to_state: state, who, host } = event;
  const by = host && !who.startsWith(host) ? `${who} · ${host}` : who; // workers are mostly named after their host
  return html`<li class=${FAULTS.has(event.cause) ? "event-fault" : ""}>
    <time datetime=${at} title=${time(at)}>${clock(at)}</time>
    <span class=${`dot state-${state ?? "none"}`} aria-hidden="true"></span>
    <span class="what">${trial === null ? "The study" : html`<a href=${trialPath(study.name, trial)}>Trial ${trial}</a>`} ${inWords(event)}</span>
    <span class="who" title=${by}>${by}</span>
  </li>`;
}
