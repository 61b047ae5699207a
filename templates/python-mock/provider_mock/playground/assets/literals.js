// JSON text as literals of other languages. Values stay JSON text until they are shown or sent, since JavaScript may lose
// digits of a number.

const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
// Invisible characters: controls, directional marks, unusual spaces, halves of surrogate pairs.
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** Returns whether a text is a JSON number. */
export const isNumber = (text) => NUMBER.test(text);

/** Returns whether every character of a text is visible. */
export const isPlain = (text) => text.search(UNSEEN) < 0;

/** Returns the JSON text in ASCII, like Python's json module. */
export const ascii = (json) =>
  json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Returns the JSON text as a Python literal. */
export function python(json) {
  const words = { true: "True", false: "False", null: "None" };
  return spaced(json, (token) => (token[0] === '"' ? pythonString(JSON.parse(token)) : words[token] ?? token));
}

/** Returns a string as a Python literal. */
export function pythonString(text) {
  return quoted(text, (point) =>
    point > 0xffff ? `\\U${point.toString(16).padStart(8, "0")}` : `\\u${point.toString(16).padStart(4, "0")}`,
  );
}

/** Returns the JSON text as a JavaScript literal. */
export function javascript(json) {
  // A plain "__proto__" in a literal would not be a property.
  return spaced(json, (token, next) => {
    if (token[0] !== '"') return token;
    const literal = javascriptString(JSON.parse(token));
    return next === ":" && literal === '"__proto__"' ? `[${literal}]` : literal;
  });
}

/** Returns a string as a JavaScript literal that is safe in a script element. */
export function javascriptString(text) {
  return quoted(text, (point) => `\\u{${point.toString(16)}}`).replace(/<(?=[/!])/g, "\\u003c");
}

/** Returns one word of a POSIX shell command, quoted like Python's shlex. */
export function shell(text) {
  if (text !== "" && /^[A-Za-z0-9@%+=:,./_-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** Returns a JSON object's members as [name, JSON text]; the last of duplicates. Throws SyntaxError for anything else. */
export function members(text) {
  const whole = JSON.parse(text);
  if (whole === null || typeof whole !== "object" || Array.isArray(whole)) throw new SyntaxError("not a JSON object");
  const found = new Map();
  let depth = 0;
  let name = null;
  let value = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "}" || token === "]") depth -= 1;
    if (depth === 0 || (depth === 1 && token === ",")) {
      if (name !== null) found.set(name, value);
      name = null;
      value = "";
    } else if (name === null) {
      name = JSON.parse(token);
    } else if (depth > 1 || token !== ":") {
      value += token;
    }
    if (token === "{" || token === "[") depth += 1;
  }
  return [...found];
}

function quoted(text, escape) {
  return JSON.stringify(text).replace(UNSEEN, (sign) => escape(sign.codePointAt(0)));
}

/** Returns the tokens of a JSON text, each translated, with spaces after commas and colons. */
function spaced(json, translate) {
  const tokens = [...json.matchAll(TOKEN)].map(([token]) => token);
  return tokens
    .map((token, at) => translate(token, tokens[at + 1]) + (token === "," || token === ":" ? " " : ""))
    .join("");
}
