// The content of the slots of a sample. The text around them comes from the same template as the client's examples.

import { enclosed } from "./answers.js";
import { ascii, isPlain, javascript, javascriptString, python, shell } from "./literals.js";

const WIDTH = 72;
/** What files are called in samples, by medium. */
const NAMES = { image: "image", video: "video", audio: "sound", model3d: "model" };

/** Returns the JSON text of a payload, a list of {name, json}. */
export const bodyOf = (payload) =>
  `{${payload.map(({ name, json }) => `${JSON.stringify(name)}:${json}`).join(",")}}`;

/**
* Returns the text of each slot, by language. `payload` is a list of {name, json, facts}; facts are null for parameters
* that the page does not document. `origin` is the mock's, or null for the service's; `way` is `sync` or `submit`.
*/
export function slots(model, payload, origin, way) {
  const url = origin ?? model.base_urls[way];
  const file = `${NAMES[model.output.media] ?? "answer"}.${suffix(model, payload)}`;
  return {
    python: { client: origin === null ? "" : `base_url=${python(JSON.stringify(origin))}`, arguments: keywords(payload), file },
    javascript: { origin: url, arguments: object(payload), file, read: reading(model, payload, file) },
    curl: { origin: url, body: shell(ascii(enclosed(model.parameters[way], bodyOf(payload)))) },
    command: { arguments: options(payload, origin), file },
  };
}

/** Returns the suffix of the file for the requested format. */
export function suffix(model, payload) {
  if (isData(model)) return "json";
  const asked = payload.find(({ name }) => name === model.output.format);
  const format = asked ? JSON.parse(asked.json) : null;
  const name = typeof format === "string" ? format.toLowerCase() : "";
  const known = Object.hasOwn(model.formats, name);
  // The value may be a media type.
  if (known && !name.includes("/")) return name;
  const wanted = known ? model.formats[name] : model.media_type;
  return Object.entries(model.formats).find(([, type]) => type === wanted)?.[0] ?? Object.keys(model.formats)[0];
}

/** Returns whether the model answers with text or JSON, and not with files. */
export const isData = (model) => model.output.media === "text" || model.output.media === "json";

function keywords(payload) {
  const parts = payload.filter(({ facts }) => facts !== null).map(({ facts, json }) => `${facts.keyword}=${python(json)}`);
  const extra = payload.filter(({ facts }) => facts === null);
  if (extra.length) parts.push(`extra_parameters=${python(bodyOf(extra))}`);
  return parts.length > 1 || (parts[0]?.length ?? 0) > WIDTH ? `\n${parts.map((part) => `        ${part},\n`).join("")}    ` : parts.join("");
}

function object(payload) {
  const lines = payload.map(({ name, json }) => `    ${property(name)}: ${javascript(json)},\n`);
  return lines.length ? `{\n${lines.join("")}  }` : "{}";
}

function property(name) {
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : javascriptString(name);
}

function reading(model, payload, file) {
  if (isData(model)) return "console.log(await response.json());";
  const encoded = model.returns === "json" || payload.some(({ name, json }) => name === model.output.base64 && json === "true");
  if (!encoded) return `await writeFile("${file}", Buffer.from(await response.arrayBuffer()));`;
  const held = member("answer", model.roles.base64);
  return `const answer = await response.json();\nawait writeFile("${file}", Buffer.from([${held}].flat()[0], "base64"));`;
}

/** Returns a JavaScript expression for the value in the variable `name` at a JSON pointer. */
function member(name, pointer) {
  const tokens = pointer.split("/").slice(1);
  return name + tokens.map((token) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(token) ? `.${token}` : `[${javascriptString(token)}]`)).join("");
}

function options(payload, origin) {
  const words = [];
  const rest = [];
  for (const entry of payload) {
    const option = optionOf(entry);
    if (option === null) rest.push(entry);
    else words.push(option);
  }
  if (rest.length) words.push(`--params ${shell(ascii(bodyOf(rest)))}`);
  if (origin !== null) words.push(`--base-url ${shell(origin)}`);
  return words.map((word) => ` \\\n  ${word}`).join("") + (words.length ? " \\\n " : "");
}

/** Returns the option for one parameter; null if the command line only accepts the value as JSON. */
function optionOf({ facts, json }) {
  if (facts === null) return null;
  const value = JSON.parse(json);
  const name = shell(`--${facts.option}`);
  if (facts.type === "boolean") {
    if (typeof value !== "boolean") return null;
    return value ? name : shell(`--no-${facts.option}`);
  }
  if (facts.type === "string") {
    // "-" is standard input, argparse drops "--", "@" is a file, and invisible characters should not be typed.
    if (typeof value !== "string" || value === "-" || value === "--" || !isPlain(value)) return null;
    return withValue(name, value.startsWith("@") ? `@${value}` : value);
  }
  if (facts.type === "integer" || facts.type === "number") {
    if (typeof value !== "number" || (facts.type === "integer" && !/^-?[0-9]+$/.test(json))) return null;
    return withValue(name, json);
  }
  if (facts.type === "union") return null;
  const fits = facts.type === "array" ? Array.isArray(value) : value !== null && typeof value === "object";
  return fits ? withValue(name, ascii(json)) : null;
}

function withValue(name, text) {
  // A value that begins with a dash would be taken for an option.
  return text.startsWith("-") ? `${name}=${shell(text)}` : `${name} ${shell(text)}`;
}
