// Values in answers by the platform's JSON pointers, and the platform's header for the API key.

/** Returns the value in `body` at a JSON pointer; undefined without a value or pointer. */
export function find(body, pointer) {
  if (pointer === undefined) return undefined;
  const tokens = pointer.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  return tokens.reduce(
    (value, token) => (value !== null && typeof value === "object" && Object.hasOwn(value, token) ? value[token] : undefined),
    body,
  );
}

/** Returns the value in `body` for a role of the platform; undefined without a value or role. */
export const role = (model, body, name) => find(body, model.roles[name]);

/** Returns the outcome of an answer about a job, as {outcome, value}; undefined if it is not documented. */
export function verdict(model, answer) {
  const said = model.queue.acceptors.filter(({ path, value }) => find(answer.json, path) === value);
  const exact = said.find(({ http }) => http === answer.status);
  return exact ?? (answer.status >= 200 && answer.status < 300 ? said[0] : undefined);
}

/** Returns the state in an answer about a job. */
export function stateIn(model, answer) {
  const known = model.queue.acceptors.find(({ path, value }) => find(answer.json, path) === value);
  return known?.value ?? role(model, answer.json, "state");
}

/** Returns the URLs of the files in a result. */
export function filesIn(model, body) {
  const output = role(model, body, "output");
  const urls = output === undefined || output === null ? [] : [output].flat();
  const files = role(model, body, "files");
  const listed = files === undefined || files === null ? [] : [files].flat().map((file) => role(model, file, "file_url"));
  return (urls.length ? urls : listed).filter((url) => typeof url === "string");
}

/** Returns the answer of a text or JSON model; undefined without one. */
export function dataIn(model, answer) {
  const output = role(model, answer.json, "output");
  if (output !== undefined && stateIn(model, answer) !== undefined) {
    if (model.kept !== "json-text") return output;
    try {
      return JSON.parse(output);
    } catch {
      return undefined;
    }
  }
  return "data" in model.roles ? role(model, answer.json, "data") : answer.json;
}

/** Returns the text in the answer of a text model; null if there is none. */
export function textIn(model, data) {
  const found = model.text ? find(data, model.text) : undefined;
  const parts = [found].flat().map((part) => (typeof part === "string" ? part : part?.text));
  return parts.length && parts.every((part) => typeof part === "string") ? parts.join("") : null;
}

/** Returns the header with the API key; no header without a key. */
export const keyHeaders = (model, key) =>
  key === "" ? {} : { [model.key_header]: model.scheme ? `${model.scheme} ${key}` : key };

/** Returns the JSON text of a request's body with `json` as the parameters at a pointer. */
export const enclosed = (pointer, json) =>
  pointer.split("/").slice(1).reduceRight((inner, token) => `{${JSON.stringify(token)}:${inner}}`, json);
