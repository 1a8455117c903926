import { essence, written } from "../studies/study-file.js";

/** @import { Study, TrialView } from "../../wire.js" */

/** What an indented line begins with. */
const INDENT = "    ";
/** Up to so many characters a list or dictionary stays on one line. */
const LINE = 88;
/** What ends a text that a shell reads: no line of a study file is this. */
const END = "END_OF_STUDY";

/**
 * A value of JSON as Python writes it: black's style, with the names in their order.
 * @param {any} value
 * @param {string} [before] the indentation of its line
 * @returns {string}
 */
export function python(value, before = "") {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value); // its escapes are Python's too
  if (typeof value !== "object") return String(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const parts = (/** @type {string} */ indentation) =>
    Array.isArray(value)
      ? value.map((item) => python(item, indentation))
      : Object.entries(value).map(([name, item]) => `${python(name)}: ${python(item, indentation)}`);
  const line = open + parts(before).join(", ") + close;
  if (!line.includes("\n") && before.length + line.length <= LINE) return line;
  const inner = before + INDENT;
  return `${open}\n${parts(inner).map((part) => `${inner}${part},\n`).join("")}${before}${close}`;
}

/**
 * A word as a POSIX shell reads it.
 * @param {string} text
 */
export function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The forms of a study to copy, by the name that the address has. @type {Record<string, {label: string, write: (study: Study, server: string) => Promise<string> | string}>} */
export const STUDY_FORMS = {
  yaml: { label: "YAML", write: (study) => written(study) },
  json: { label: "JSON", write: (study) => JSON.stringify(essence(study), null, 2) },
  command: {
    label: "command",
    write: async (study, server) => {
      const file = `${study.name}.yaml`;
      return `cat > ${quoted(file)} <<'${END}'\n${await written(study)}${END}\nhpsearch study create ${quoted(file)} --server ${quoted(server)}\n`;
    },
  },
  curl: {
    label: "curl",
    write: (study, server) =>
      `curl --fail-with-body ${quoted(`${server}/api/v1/studies`)} \\\n  --header "Authorization: Bearer $HPSEARCH_TOKEN" \\\n` +
      `  --json @- <<'${END}'\n${JSON.stringify(essence(study), null, 2)}\n${END}\n`,
  },
  python: {
    label: "Python",
    write: (study, server) => `from hpsearch.client import Client\n\nstudy = ${python(essence(study))}\n\nwith Client(${python(server)}) as client:\n${INDENT}client.create_study(study)\n`,
  },
};

/** The forms of a trial to copy. @type {Record<string, {label: string, write: (study: string, trial: TrialView, server: string) => string}>} */
export const TRIAL_FORMS = {
  json: { label: "JSON", write: (_, { params }) => JSON.stringify(params, null, 2) },
  python: { label: "Python", write: (_, { params }) => `params = ${python(params)}\n` },
  command: {
    label: "command",
    write: (study, { number }, server) => `hpsearch study enqueue ${quoted(study)} --from-trial ${number} --server ${quoted(server)}\n`,
  },
  client: {
    label: "Python, to enqueue it",
    write: (study, { params }, server) =>
      `from hpsearch.client import Client\n\nwith Client(${python(server)}) as client:\n${INDENT}client.enqueue(${python(study)}, ${python(params, INDENT)})\n`,
  },
  optuna: { label: "Optuna, to enqueue it", write: (_, { params }) => `study.enqueue_trial(${python(params)})\n` },
};
