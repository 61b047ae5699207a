// What an answer says, found by the platform's JSON pointers, and the platform's own way of carrying a key.

/** What is in `body` at a JSON pointer; undefined if nothing is, or there is no pointer. */
export function find(body, pointer) {
  if (pointer === undefined) return undefined;
  const tokens = pointer.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  return tokens.reduce(
    (value, token) => (value !== null && typeof value === "object" && Object.hasOwn(value, token) ? value[token] : undefined),
    body,
  );
}

/** What is in `body` in a role of the platform; undefined if nothing is, or the platform has no such role. */
export const role = (model, body, name) => find(body, model.roles[name]?.path);

/** What an answer about a job means, as {outcome, value}; undefined if nobody has documented it. */
export function verdict(model, answer) {
  const said = model.queue.acceptors.filter(({ path, value }) => find(answer.json, path) === value);
  const exact = said.find(({ http }) => http === answer.status);
  return exact ?? (answer.status >= 200 && answer.status < 300 ? said[0] : undefined);
}

/** The state in an answer about a job. */
export function stateIn(model, answer) {
  const known = model.queue.acceptors.find(({ path, value }) => find(answer.json, path) === value);
  return known?.value ?? role(model, answer.json, "state");
}

/** The URLs of the files that a result names. */
export function filesIn(model, body) {
  const output = role(model, body, "output");
  const urls = output === undefined || output === null ? [] : [output].flat();
  const files = role(model, body, "files");
  const listed = Array.isArray(files) ? files.map((file) => role(model, file, "file_url")) : [];
  return (urls.length ? urls : listed).filter((url) => typeof url === "string");
}

/** The headers that carry an API key; none without a key. */
export const keyHeaders = (model, key) =>
  key === "" ? {} : { [model.key_header]: model.scheme ? `${model.scheme} ${key}` : key };

/** The JSON text of a request's body whose parameters, a JSON text too, are at a pointer. */
export const enclosed = (pointer, json) =>
  pointer.split("/").slice(1).reduceRight((inner, token) => `{${JSON.stringify(token)}:${inner}}`, json);
