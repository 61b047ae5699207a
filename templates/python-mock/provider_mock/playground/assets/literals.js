// JSON text and what it is in other languages. Values stay JSON text until they are shown or sent, since a number that
// JavaScript has read once may have lost digits.

const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
// What is not printed, or not as what it is: controls, marks of direction, odd spaces, halves of surrogate pairs.
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** Whether a text is a number as JSON writes it. */
export const isNumber = (text) => NUMBER.test(text);

/** Whether every character of a text is seen as what it is. */
export const isPlain = (text) => text.search(UNSEEN) < 0;

/** The JSON text of a string in ASCII, as Python's json module writes it. */
export const ascii = (json) =>
  json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The JSON text as a Python literal. */
export function python(json) {
  const words = { true: "True", false: "False", null: "None" };
  return spaced(json, (token) => (token[0] === '"' ? pythonString(JSON.parse(token)) : words[token] ?? token));
}

/** A string as a Python literal. */
export function pythonString(text) {
  return quoted(text, (point) =>
    point > 0xffff ? `\\U${point.toString(16).padStart(8, "0")}` : `\\u${point.toString(16).padStart(4, "0")}`,
  );
}

/** The JSON text as a JavaScript literal. */
export function javascript(json) {
  // A plain "__proto__" in a literal would be no property.
  return spaced(json, (token, next) => {
    if (token[0] !== '"') return token;
    const literal = javascriptString(JSON.parse(token));
    return next === ":" && literal === '"__proto__"' ? `[${literal}]` : literal;
  });
}

/** A string as a JavaScript literal, which may stand in a script element too. */
export function javascriptString(text) {
  return quoted(text, (point) => `\\u{${point.toString(16)}}`).replace(/<(?=[/!])/g, "\\u003c");
}

/** One word of a POSIX shell command; quoted as Python's shlex does it. */
export function shell(text) {
  if (text !== "" && /^[A-Za-z0-9@%+=:,./_-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** A JSON object's members as [name, JSON text]; of two with one name the last. Throws SyntaxError for anything else. */
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

/** The tokens of a JSON text, each translated, with spaces where a person would put them. */
function spaced(json, translate) {
  const tokens = [...json.matchAll(TOKEN)].map(([token]) => token);
  return tokens
    .map((token, at) => translate(token, tokens[at + 1]) + (token === "," || token === ":" ? " " : ""))
    .join("");
}
