// Requests to the mock, and its answers as plain data. No other host is ever called.

import { role } from "./answers.js";
import { suffix } from "./samples.js";

const ROOT = new URL("../../", import.meta.url);
const MAGIC = [
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/png", [0x89, 0x50, 0x4e, 0x47]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46]],
];

/** Returns the URL of a path of the mock, which may be below a path of its host. */
export const at = (path) => new URL(path.replace(/^\//, ""), ROOT).href;

/** The beginning of the mock's absolute URLs, without a slash at the end. */
export const origin = ROOT.href.replace(/\/$/, "");

/** Returns a URL of an answer if this page may call it, else null: other hosts are only shown. */
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
* Blob if the bytes are an image, whatever the answer declares; `json` is undefined if the body is not JSON.
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
    image: imageIn(bytes),
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

/** Calls an admin endpoint and returns its JSON. `model` says where errors have their message. Throws Refused. */
export async function administer(model, endpoint, { key, token, body } = {}) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const request = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
  const url = new URL(at(`__mock/${endpoint}`));
  // Not in a header, since the service's may be the one with the token.
  if (key) url.searchParams.set("key", key);
  const answer = await call(url.href, request);
  if (answer.status !== 200 || answer.json === undefined) {
    throw new Refused(answer.status, role(model, answer.json, "error_text") ?? `${answer.status} ${answer.phrase}`);
  }
  return answer.json;
}

/** An error of an admin endpoint. */
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

/** Returns the images in the answer of a synchronous call: its body, or base64 in its JSON. */
export function imagesOf(model, answer) {
  if (answer.image) return [answer.image];
  const found = role(model, answer.json, "base64");
  const texts = Array.isArray(found) ? found : found === undefined ? [] : [found];
  return texts.filter((text) => typeof text === "string").map(decode).filter((image) => image !== null);
}

/** Returns the file name for an image. */
export const fileName = (image, slug, number) =>
  `${slug}${number ? `-${number + 1}` : ""}.${suffix({ output: {}, media_type: image.type }, [])}`;

function decode(text) {
  try {
    const plain = text.replace(/^data:[^,]*,/, "").replace(/\s/g, "").replaceAll("-", "+").replaceAll("_", "/");
    return imageIn(Uint8Array.from(atob(plain), (sign) => sign.charCodeAt(0)));
  } catch {
    return null;
  }
}

function imageIn(bytes) {
  const found = MAGIC.find(([, magic]) => magic.every((byte, place) => bytes[place] === byte));
  return found ? new Blob([bytes], { type: found[0] }) : null;
}
