import { useMemo } from "preact/hooks";

import { get } from "../../api.js";
import { extremes } from "../../charts/axis.js";
import { Chart } from "../../charts/chart.js";
import { kindOf, SCALES } from "../../charts/choices.js";
import { seriesColour } from "../../charts/colours.js";
import { Legend } from "../../charts/legend.js";
import { Button } from "../../components/button.js";
import { Choice, useChoice } from "../../components/choice.js";
import { STATES } from "../../components/counts.js";
import { Empty, Loaded } from "../../components/states.js";
import { count, floats, many, number } from "../../format.js";
import { html } from "../../html.js";
import { Panel } from "../../panel.js";
import { useOfStudy, useResource } from "../../resource.js";
import { trialPath, useOption } from "../../router.js";
import { pick, useMarks, useSelection } from "../../trials/selected.js";

/** @import { Layer, Marks } from "../../charts/layers.js" */
/** @import { Axis } from "../../charts/axis.js" */
/** @import { Key } from "../../charts/legend.js" */
/** @import { Resource } from "../../resource.js" */
/** @import { CurvesChart, CurveView, StudyView } from "../../wire.js" */

/** Picked trials whose curves are asked for. */
const MOST_PICKED = 100;
/** Picked trials that the legend names. */
const MOST_NAMED = 12;
/** @type {CurvesChart} */
const NONE = { curves: [], of: 0, metrics: [] };

/**
 * What trials reported step by step: a sample with the best, and those that are picked.
 * @param {{study: StudyView}} props
 */
export function CurvesPanel({ study }) {
  const usual = [study.definition.metric].flat()[0] ?? "";
  const [metric, setMetric] = useOption("curve", usual);
  const [scale, chooseScale] = useChoice("curvescale", "Scale", SCALES);
  const [shown, setShown] = useOption("curves", "sample");
  const { picked } = useSelection();
  const query = metric === usual ? "" : `metric=${encodeURIComponent(metric)}`;
  const sample = /** @type {Resource<CurvesChart>} */ (useOfStudy(study.name, query === "" ? "/charts/curves" : `/charts/curves?${query}`));
  const named = usePicked(study.name, picked, query);
  const only = shown === "picked" && picked.length > 0;
  const names = [...new Set([usual, metric, ...(sample.value?.metrics ?? [])])];
  const actions = html`<${Choice} label="Metric" value=${metric} choices=${names.map((name) => [name, name])} onChoose=${setMetric} />
    ${chooseScale}
    <${Button} aria-pressed=${only ? "true" : "false"} disabled=${picked.length === 0} onClick=${() => setShown(only ? "sample" : "picked")}>Only picked<//>`;
  return html`<${Panel} title="Learning curves" retry=${sample.refresh} actions=${actions}>
    <${Loaded} of=${sample} what="the learning curves">
      ${(/** @type {CurvesChart} */ found) =>
        html`<${Curves} study=${study} sample=${found} named=${named.value ?? NONE} only=${only} metric=${metric} scale=${scale} />`}
    <//>
  <//>`;
}

/**
 * The curves of the picked trials: the sample need not have them.
 * @param {string} study
 * @param {number[]} picked
 * @param {string} query
 * @returns {Resource<CurvesChart>}
 */
function usePicked(study, picked, query) {
  const base = `/studies/${encodeURIComponent(study)}`;
  const wanted = [...picked.slice(0, MOST_PICKED).map((trial) => `trial=${trial}`), query].join("&");
  return useResource((signal) => (picked.length === 0 ? Promise.resolve(NONE) : get(`${base}/charts/curves?${wanted}`, signal)), `/api/v1${base}/events`, [base, wanted]);
}

/** @param {{study: StudyView, sample: CurvesChart, named: CurvesChart, only: boolean, metric: string, scale: string}} props */
function Curves({ study, sample, named, only, metric, scale }) {
  const selected = useMarks(study);
  const best = study.best_trial;
  const marks = useMemo(() => alsoBest(selected, best), [selected, best]);
  const { curves, layers, y } = useMemo(() => {
    const all = new Map([...sample.curves.filter(({ number: trial }) => !only || marks.picked.has(trial)), ...named.curves].map((curve) => [curve.number, curve]));
    const found = [...all.values()].sort((one, other) => one.number - other.number);
    const drawn = layersOf(found, marks.picked, best);
    const kind = kindOf(scale, found.flatMap(({ value }) => [...floats(value)]));
    return { curves: found, layers: drawn, y: /** @type {Axis} */ ({ label: metric, kind }) };
  }, [sample, named, only, marks.picked, best, scale, metric]);
  if (sample.of === 0) {
    return html`<${Empty} level=${3} title="No trial has reported anything yet"><p class="muted">What trials report while they train shows here, step by step.</p><//>`;
  }
  const told = `${only ? `${many(curves.length, "picked trial")} of ` : curves.length < sample.of ? `${count(curves.length)} of ` : ""}${many(sample.of, "trial")} that reported`;
  if (curves.length === 0) {
    return html`<${Empty} level=${3} title=${only ? `No picked trial has reported ${metric}` : `No trial has reported ${metric}`}><p class="muted">${told}.</p><//>`;
  }
  const states = new Map(curves.map(({ number: trial, state }) => [trial, state]));
  return html`<${Chart}
      label=${`${metric} of ${many(curves.length, "trial")} against their steps.`}
      x=${{ label: "step", kind: "linear" }}
      y=${y}
      layers=${layers}
      marks=${marks}
      rows=${{ columns: ["Trial", "State", "Steps", "First", "Least", "Greatest", "Last"], rows: () => curves.map(rowOf) }}
      about=${(/** @type {number} */ trial) => [`${states.get(trial) ?? ""}${trial === best ? ", the best" : ""}`]}
      onPick=${pick}
    >
      <${Legend} keys=${keysOf(study, curves, marks.picked)} />
    <//>
    <p class="muted small">${told}${!only && curves.length < sample.of ? ": the best, and a sample of the others" : ""}. A click picks a trial.</p>`;
}

/**
 * The best trial is never dimmed: the others are looked at beside it.
 * @param {Marks} marks
 * @param {number | null} best
 * @returns {Marks}
 */
function alsoBest({ mask, picked }, best) {
  if (mask === null || best === null) return { mask, picked };
  const more = mask.slice();
  more[best] = 1;
  return { mask: more, picked };
}

/**
 * The lines, those that stand out on top.
 * @param {CurveView[]} curves
 * @param {Set<number>} picked
 * @param {number | null} best
 * @returns {Layer[]}
 */
function layersOf(curves, picked, best) {
  const place = new Map([...picked].map((trial, index) => [trial, index]));
  const usual = Math.min(0.6, Math.max(0.2, 30 / curves.length)); // many lie on each other
  const rank = (/** @type {CurveView} */ { number: trial }) => (picked.has(trial) ? 2 : trial === best ? 1 : 0);
  return [...curves]
    .sort((one, other) => rank(one) - rank(other))
    .map((curve) => {
      const line = { kind: /** @type {const} */ ("line"), x: curve.step, y: floats(curve.value), number: curve.number };
      const mine = place.get(curve.number);
      if (mine !== undefined) return { ...line, colour: seriesColour(mine), width: 2.6 };
      if (curve.number === best) return { ...line, colour: "--text", width: 2.6 };
      return { ...line, colour: `--${curve.state}`, width: 1.2, alpha: picked.size > 0 ? 0.14 : usual };
    });
}

/**
 * @param {StudyView} study
 * @param {CurveView[]} curves
 * @param {Set<number>} picked
 * @returns {Key[]}
 */
function keysOf(study, curves, picked) {
  const link = (/** @type {number} */ trial, /** @type {string} */ name) => html`<a href=${trialPath(study.name, trial)}>${name}</a>`;
  const numbers = new Set(curves.map(({ number: trial }) => trial));
  const named = [...picked].flatMap((trial, place) =>
    numbers.has(trial) && place < MOST_NAMED ? [{ label: link(trial, `trial ${trial}`), colour: seriesColour(place), kind: /** @type {const} */ ("line") }] : [],
  );
  const best = study.best_trial;
  const first = best !== null && numbers.has(best) && !picked.has(best) ? [{ label: link(best, `trial ${best}, the best`), colour: "--text", kind: /** @type {const} */ ("line") }] : [];
  const others = new Set(curves.filter(({ number: trial }) => trial !== best && !picked.has(trial)).map(({ state }) => state));
  return [...first, ...named, ...STATES.filter((state) => others.has(state)).map((state) => ({ label: state, colour: `--${state}`, kind: /** @type {const} */ ("line") }))];
}

/** @param {CurveView} curve */
function rowOf({ number: trial, state, step, value }) {
  const [least, greatest] = extremes(floats(value)) ?? [null, null];
  return [trial, state, step.at(-1) ?? "", ...[value[0], least, greatest, value.at(-1)].map(number)];
}
