import { Button } from "../../components/button.js";
import { Check, Field } from "../../components/field.js";
import { html } from "../../html.js";
import { LIMITS, newParameter, parameterPath, PRUNERS, SAMPLERS } from "./draft.js";

/** @import { Draft, ParameterDraft, PolicyDraft } from "./draft.js" */

/** @typedef {(path: string) => string | undefined} Problems what is wrong at a path */

const TYPES = /** @type {const} */ ([
  ["float", "float"],
  ["int", "int"],
  ["categorical", "categorical"],
  ["constant", "constant"],
]);

/**
 * A study as a form.
 * @param {{draft: Draft, onChange: (draft: Draft) => void, problems: Problems}} props
 */
export function StudyForm({ draft, onChange, problems }) {
  /** @param {Partial<Draft>} changes */
  const change = (changes) => onChange({ ...draft, ...changes });
  /** @param {"name" | "description" | "objective" | "metric" | "settings"} name */
  const bound = (name) => ({
    value: draft[name],
    onInput: (/** @type {string} */ text) => change({ [name]: text }),
    error: problems(name),
  });
  const several = draft.direction.includes(",") ? [/** @type {const} */ ([draft.direction, draft.direction])] : [];
  const directions = [/** @type {const} */ (["minimize", "minimize"]), /** @type {const} */ (["maximize", "maximize"]), ...several];
  return html`<div class="stack">
    <div class="columns">
      <${Field} label="Name" autofocus ...${bound("name")} hint="Letters, digits, dot, dash and underscore." />
      <${Field} label="Objective" ...${bound("objective")} list="objectives" hint="Built in, or module:attribute of yours." />
      <datalist id="objectives"><option value="flax/mlp"></option><option value="flax/cnn"></option></datalist>
    </div>
    <${Field} label="Description" ...${bound("description")} />
    <div class="columns">
      <${Field}
        label="Direction"
        value=${draft.direction}
        choices=${directions}
        onInput=${(/** @type {string} */ direction) => change({ direction })}
        error=${problems("direction")}
      />
      <${Field} label="Metric" ...${bound("metric")} />
    </div>
    <${Parameters} draft=${draft} onChange=${change} problems=${problems} />
    <div class="columns">
      <${Policy} what="sampler" known=${SAMPLERS} policy=${draft.sampler} onChange=${change} problems=${problems} />
      <${Policy} what="pruner" known=${PRUNERS} policy=${draft.pruner} onChange=${change} problems=${problems} />
    </div>
    <fieldset>
      <legend>Budget</legend>
      <div class="columns">
        ${LIMITS.map(
          (limit) =>
            html`<${Field}
              key=${limit}
              label=${limit}
              value=${draft.budget[limit]}
              inputmode="decimal"
              onInput=${(/** @type {string} */ text) => change({ budget: { ...draft.budget, [limit]: text } })}
              error=${problems(`budget.${limit}`)}
            />`,
        )}
      </div>
    </fieldset>
    <${Field} label="Settings" ...${bound("settings")} lines=${5} hint="What the objective needs besides, as JSON." />
  </div>`;
}

/** @param {{draft: Draft, onChange: (changes: Partial<Draft>) => void, problems: Problems}} props */
function Parameters({ draft, onChange, problems }) {
  const { parameters } = draft;
  /**
   * @param {number} place
   * @param {Partial<ParameterDraft>} changes
   */
  const change = (place, changes) =>
    onChange({ parameters: parameters.map((parameter, at) => (at === place ? { ...parameter, ...changes } : parameter)) });
  const error = problems("space");
  return html`<fieldset>
    <legend>Search space</legend>
    ${error && html`<p class="problem">${error}</p>`}
    ${parameters.map(
      (parameter, place) =>
        html`<${Parameter}
          key=${place}
          parameter=${parameter}
          onChange=${(/** @type {Partial<ParameterDraft>} */ changes) => change(place, changes)}
          onRemove=${() => onChange({ parameters: parameters.filter((_, at) => at !== place) })}
          problems=${problems}
        />`,
    )}
    <${Button} icon="plus" onClick=${() => onChange({ parameters: [...parameters, newParameter()] })}>Add a parameter<//>
  </fieldset>`;
}

/** @param {{parameter: ParameterDraft, onChange: (changes: Partial<ParameterDraft>) => void, onRemove: () => void, problems: Problems}} props */
function Parameter({ parameter, onChange, onRemove, problems }) {
  const path = parameterPath(parameter.name);
  /**
   * @param {"low" | "high" | "step" | "choices" | "value"} name
   * @param {string} label
   */
  const field = (name, label) =>
    html`<${Field}
      label=${label}
      value=${parameter[name]}
      onInput=${(/** @type {string} */ text) => onChange({ [name]: text })}
      error=${problems(`${path}.${name}`)}
      narrow
    />`;
  const ranged = parameter.type === "float" || parameter.type === "int";
  return html`<div class="parameter" role="group" aria-label=${parameter.name || "New parameter"}>
    <${Field}
      label="Parameter"
      value=${parameter.name}
      onInput=${(/** @type {string} */ name) => onChange({ name })}
      error=${problems(path)}
    />
    <${Field}
      label="Type"
      value=${parameter.type}
      choices=${TYPES}
      onInput=${(/** @type {string} */ type) => onChange({ type })}
      narrow
    />
    ${ranged && [field("low", "Low"), field("high", "High"), field("step", "Step")]}
    ${ranged && html`<${Check} label="log" checked=${parameter.log} onInput=${(/** @type {boolean} */ log) => onChange({ log })} />`}
    ${parameter.type === "categorical" && field("choices", "Choices, with commas between")}
    ${parameter.type === "constant" && field("value", "Value")}
    <${Button} kind="quiet" icon="close" aria-label=${`Remove parameter ${parameter.name}`} onClick=${onRemove} />
  </div>`;
}

/** @param {{what: "sampler" | "pruner", known: Record<string, string[]>, policy: PolicyDraft, onChange: (changes: Partial<Draft>) => void, problems: Problems}} props */
function Policy({ what, known, policy, onChange, problems }) {
  return html`<fieldset>
    <legend>${what === "sampler" ? "Sampler" : "Pruner"}</legend>
    <${Field}
      label="Kind"
      value=${policy.name}
      choices=${Object.keys(known).map((name) => [name, name])}
      onInput=${(/** @type {string} */ name) => onChange({ [what]: { name, options: {}, rest: {} } })}
      error=${problems(what)}
    />
    ${(known[policy.name] ?? []).map(
      (option) =>
        html`<${Field}
          key=${option}
          label=${option}
          value=${policy.options[option] ?? ""}
          inputmode="decimal"
          onInput=${(/** @type {string} */ text) => onChange({ [what]: { ...policy, options: { ...policy.options, [option]: text } } })}
          error=${problems(`${what}.${option}`)}
        />`,
    )}
  </fieldset>`;
}
