// What goes into the slots of a sample. The text around them comes from the page, and so from the template that the
// client's own examples come from.

import { enclosed } from "./facts.js";
import { ascii, isPlain, javascript, javascriptString, python, shell } from "./literals.js";

const WIDTH = 72;

/** The JSON text of a payload: a list of {name, json}. */
export const bodyOf = (payload) =>
  `{${payload.map(({ name, json }) => `${JSON.stringify(name)}:${json}`).join(",")}}`;

/**
 * The text of each slot, by language. `payload` is a list of {name, json, facts}; facts are null for what the model's
 * page does not know. `origin` is the mock's, or null for the service's own; `way` is `sync` or `submit`.
 */
export function slots(model, payload, origin, way) {
  const url = origin ?? model.base_urls[way];
  const file = `picture.${suffix(model, payload)}`;
  return {
    python: { client: origin === null ? "" : `base_url=${python(JSON.stringify(origin))}`, arguments: keywords(payload), file },
    javascript: { origin: url, arguments: object(payload), file, read: reading(model, payload, file) },
    curl: { origin: url, body: shell(ascii(enclosed(model.parameters[way], bodyOf(payload)))) },
    command: { arguments: options(payload, origin), file },
  };
}

/** The suffix of the picture's file, by the format that is asked for. */
export function suffix(model, payload) {
  const asked = payload.find(({ name }) => name === model.output.format);
  const format = asked ? JSON.parse(asked.json) : (model.media_type || "image/jpeg").replace(/^image\//, "");
  return ["jpeg", "png", "webp"].includes(format) ? format : "jpeg";
}

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
  const encoded = model.returns === "json" || payload.some(({ name, json }) => name === model.output.base64 && json === "true");
  if (!encoded) return `await writeFile("${file}", Buffer.from(await response.arrayBuffer()));`;
  const held = member("answer", model.roles.base64.path);
  return `const answer = await response.json();\nawait writeFile("${file}", Buffer.from([${held}].flat()[0], "base64"));`;
}

/** A JavaScript expression for what is in the variable `name` at a JSON pointer. */
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

/** The option for one parameter, or null where the command line can take the value as JSON only. */
function optionOf({ facts, json }) {
  if (facts === null) return null;
  const value = JSON.parse(json);
  const name = shell(`--${facts.option}`);
  if (facts.type === "boolean") {
    if (typeof value !== "boolean") return null;
    return value ? name : shell(`--no-${facts.option}`);
  }
  if (facts.type === "string") {
    // A dash is standard input, two are lost by argparse, an @ is a file, and what is not seen is better not typed.
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
  // A value with a dash in front would be taken for an option.
  return text.startsWith("-") ? `${name}=${shell(text)}` : `${name} ${shell(text)}`;
}
