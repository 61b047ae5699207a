// Requests to the mock, and what came back as plain data. No other host is ever asked.

import { role } from "./facts.js";
import { suffix } from "./samples.js";

const ROOT = new URL("../../", import.meta.url);
const MAGIC = [
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/png", [0x89, 0x50, 0x4e, 0x47]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46]],
];

/** Where a path of the mock is; the mock may live below a path of its host. */
export const at = (path) => new URL(path.replace(/^\//, ""), ROOT).href;

/** What absolute URLs of the mock begin with, without a slash at the end. */
export const origin = ROOT.href.replace(/\/$/, "");

/**
 * A URL that an answer named, if this page may ask it, else null: another host would be shown to the person and never
 * be asked, whatever the answer says.
 */
export function own(url) {
  try {
    const found = new URL(url);
    return found.origin === ROOT.origin ? found.href : null;
  } catch {
    return null;
  }
}

/**
 * Sends a request and reads the answer: {status, phrase, milliseconds, headers, type, text, json, image}. `image` is a
 * Blob if the bytes are a picture's, whatever the answer declares; `json` is undefined if there is none.
 */
export async function call(url, options) {
  const begun = performance.now();
  const response = await fetch(url, { cache: "no-store", redirect: "manual", credentials: "omit", ...options });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const answer = {
    status: response.status,
    phrase: response.type === "opaqueredirect" ? "a redirect, which this page does not follow" : response.statusText,
    milliseconds: performance.now() - begun,
    headers: [...response.headers].sort(),
    type: response.headers.get("content-type") ?? "",
    size: bytes.length,
    image: pictureIn(bytes),
    text: "",
    json: undefined,
  };
  if (answer.image === null) {
    answer.text = new TextDecoder().decode(bytes);
    try {
      answer.json = JSON.parse(answer.text);
    } catch {
      // Not JSON: the text is all there is to show.
    }
  }
  return answer;
}

/** Asks one of the mock's own doors; gives its JSON. `model` knows where an error has its words. Throws Refused. */
export async function administer(model, door, { key, token, body } = {}) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const request = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
  const url = new URL(at(`__mock/${door}`));
  // Not in a header: the service's own may be the one that the token is in.
  if (key) url.searchParams.set("key", key);
  const answer = await call(url.href, request);
  if (answer.status !== 200 || answer.json === undefined) {
    throw new Refused(answer.status, role(model, answer.json, "error_text") ?? `${answer.status} ${answer.phrase}`);
  }
  return answer.json;
}

/** An answer of the mock's own doors that is not the one asked for. */
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

/** The pictures in the answer of a synchronous call: its body, or base64 in its JSON. */
export function picturesOf(model, answer) {
  if (answer.image) return [answer.image];
  const found = role(model, answer.json, "base64");
  const texts = Array.isArray(found) ? found : found === undefined ? [] : [found];
  return texts.filter((text) => typeof text === "string").map(decode).filter((image) => image !== null);
}

/** The name under which a picture is saved. */
export const fileName = (image, slug, number) =>
  `${slug}${number ? `-${number + 1}` : ""}.${suffix({ output: {}, media_type: image.type }, [])}`;

function decode(text) {
  try {
    const plain = text.replace(/^data:[^,]*,/, "").replace(/\s/g, "").replaceAll("-", "+").replaceAll("_", "/");
    return pictureIn(Uint8Array.from(atob(plain), (sign) => sign.charCodeAt(0)));
  } catch {
    return null;
  }
}

function pictureIn(bytes) {
  const found = MAGIC.find(([, magic]) => magic.every((byte, place) => bytes[place] === byte));
  return found ? new Blob([bytes], { type: found[0] }) : null;
}
