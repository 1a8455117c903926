import { typedNumber, typedValue, typedValues, written } from "./typed.js";

/** @import { ProblemField, Study } from "../../wire.js" */

/**
 * One parameter as typed. `rest` is what the form does not show, such as conditions.
 * @typedef {{name: string, type: string, low: string, high: string, step: string, log: boolean, choices: string, value: string, rest: object}} ParameterDraft
 */

/**
 * A sampler or a pruner as typed.
 * @typedef {{name: string, options: Record<string, string>, rest: object}} PolicyDraft
 */

/**
 * A study as typed into the form; everything is text until it is sent.
 * @typedef {{name: string, description: string, objective: string, direction: string, metric: string, parameters: ParameterDraft[],
 *   sampler: PolicyDraft, pruner: PolicyDraft, budget: Record<string, string>, settings: string, rest: object}} Draft
 */

/** The numbers that each sampler takes. @type {Record<string, string[]>} */
export const SAMPLERS = { tpe: ["seed", "n_startup_trials", "n_ei_candidates"], random: ["seed"], grid: ["seed"] };
/** The numbers that each pruner takes. @type {Record<string, string[]>} */
export const PRUNERS = {
  none: [],
  asha: ["min_resource", "reduction_factor"],
  median: ["n_startup_trials", "n_warmup_steps", "interval_steps"],
  patience: ["patience", "min_delta"],
  threshold: ["lower", "upper", "n_warmup_steps", "interval_steps"],
};
export const LIMITS = ["max_trials", "max_seconds", "target_value"];
const SHOWN = { float: ["low", "high", "step", "log"], int: ["low", "high", "step", "log"], categorical: ["choices"], constant: ["value"] };

/** @returns {ParameterDraft} */
export function newParameter() {
  return { name: "", type: "float", low: "", high: "", step: "", log: false, choices: "", value: "", rest: {} };
}

/**
 * A study as a draft; what is missing is empty.
 * @param {Partial<Study>} study
 * @returns {Draft}
 */
export function draftOf(study) {
  const { name, description, objective, direction, metric, space, sampler, pruner, budget, settings, ...rest } = study;
  return {
    name: text(name),
    description: text(description),
    objective: text(objective ?? "flax/mlp"),
    direction: [direction ?? "minimize"].flat().join(", "),
    metric: [metric ?? "val_loss"].flat().join(", "),
    parameters: Object.entries(space ?? {}).map(([name, found]) => parameterDraft(name, found ?? {})),
    sampler: policyDraft(sampler ?? { name: "tpe" }, SAMPLERS),
    pruner: policyDraft(pruner ?? { name: "none" }, PRUNERS),
    budget: Object.fromEntries(LIMITS.map((limit) => [limit, text(/** @type {any} */ (budget)?.[limit])])),
    settings: settings && Object.keys(settings).length > 0 ? JSON.stringify(settings, null, 2) : "",
    rest,
  };
}

/**
 * The document that a draft stands for. What is empty is left out, so that the server says what is missing.
 * @param {Draft} draft
 * @returns {Record<string, unknown>}
 */
export function studyOf(draft) {
  const { name, description, objective, direction, metric, parameters, sampler, pruner, budget, settings, rest } = draft;
  return {
    name: name.trim(),
    ...(description ? { description } : {}),
    objective: objective.trim(),
    direction: list(direction),
    metric: list(metric),
    space: Object.fromEntries(parameters.map((parameter) => [parameter.name.trim(), parameterOf(parameter)])),
    sampler: policyOf(sampler, SAMPLERS),
    pruner: policyOf(pruner, PRUNERS),
    budget: numbers(budget, LIMITS),
    ...(settings.trim() ? { settings: typedSettings(settings) } : {}),
    ...rest,
  };
}

/**
 * The paths of the fields that the form shows; problems elsewhere are listed.
 * @param {Draft} draft
 */
export function pathsOf(draft) {
  const parameters = draft.parameters.flatMap(({ name, type }) => {
    const shown = SHOWN[/** @type {keyof typeof SHOWN} */ (type)] ?? [];
    return [parameterPath(name), ...shown.map((field) => `${parameterPath(name)}.${field}`)];
  });
  return new Set([
    ...["name", "description", "objective", "direction", "metric", "space", "settings"],
    ...parameters,
    ...(SAMPLERS[draft.sampler.name] ?? []).map((field) => `sampler.${field}`),
    ...(PRUNERS[draft.pruner.name] ?? []).map((field) => `pruner.${field}`),
    ...LIMITS.map((field) => `budget.${field}`),
  ]);
}

/**
 * The path by which the server names a parameter.
 * @param {string} name
 */
export function parameterPath(name) {
  return `space.${name.trim() || '""'}`;
}

/**
 * What no document can say: names that are given twice, of which it would hold the last alone.
 * @param {Draft} draft
 * @returns {ProblemField[]}
 */
export function repeated({ parameters }) {
  const names = parameters.map(({ name }) => name.trim());
  const twice = new Set(names.filter((name, place) => names.indexOf(name) < place));
  return [...twice].map((name) => ({ field: parameterPath(name), message: "is there twice; each parameter needs a name of its own" }));
}

/**
 * @param {string} name
 * @param {Record<string, any>} found
 * @returns {ParameterDraft}
 */
function parameterDraft(name, found) {
  const { type, low, high, step, log, choices, value, ...rest } = found;
  return {
    name,
    type: text(type),
    low: text(low),
    high: text(high),
    step: text(step),
    log: log === true,
    choices: Array.isArray(choices) ? choices.map(written).join(", ") : text(choices),
    value: value === undefined ? "" : written(value),
    rest: given(rest),
  };
}

/** @param {ParameterDraft} parameter */
function parameterOf({ type, low, high, step, log, choices, value, rest }) {
  if (type === "categorical") return { type, choices: typedValues(choices), ...rest };
  if (type === "constant") return { type, value: typedValue(value), ...rest };
  return { type, ...numbers({ low, high, step }, ["low", "high", "step"]), ...(log ? { log } : {}), ...rest };
}

/**
 * @param {Record<string, any>} policy
 * @param {Record<string, string[]>} known
 * @returns {PolicyDraft}
 */
function policyDraft(policy, known) {
  const { name, ...options } = policy;
  const shown = known[name] ?? [];
  const rest = Object.fromEntries(Object.entries(options).filter(([option]) => !shown.includes(option)));
  return { name: text(name), options: Object.fromEntries(shown.map((option) => [option, text(options[option])])), rest: given(rest) };
}

/**
 * @param {PolicyDraft} policy
 * @param {Record<string, string[]>} known
 */
function policyOf({ name, options, rest }, known) {
  return { name, ...numbers(options, known[name] ?? []), ...rest };
}

/**
 * @param {Record<string, string>} texts
 * @param {string[]} names
 */
function numbers(texts, names) {
  const filled = names.filter((name) => (texts[name] ?? "").trim() !== "");
  return Object.fromEntries(filled.map((name) => [name, typedNumber(texts[name] ?? "")]));
}

/** @param {string} texts */
function list(texts) {
  const found = texts.split(",").map((one) => one.trim());
  return found.length > 1 ? found : (found[0] ?? "");
}

/** @param {string} settings */
function typedSettings(settings) {
  try {
    return JSON.parse(settings);
  } catch {
    return settings;
  }
}

/** @param {unknown} value */
function text(value) {
  return value === undefined || value === null ? "" : String(value);
}

/**
 * Without what is null, which the server fills in.
 * @param {Record<string, unknown>} values
 */
function given(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
