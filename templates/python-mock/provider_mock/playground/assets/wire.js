// Requests to the mock, and its answers as plain data. No other host is ever called.

import { role } from "./answers.js";

const ROOT = new URL("../../", import.meta.url);
/** Formats of files: media type, suffix, and text or bytes with the place where they are. */
const FORMATS = [
  ["image/jpeg", "jpeg", [0, "\xff\xd8\xff"]],
  ["image/png", "png", [0, "\x89PNG"]],
  ["image/webp", "webp", [0, "RIFF"], [8, "WEBP"]],
  ["image/gif", "gif", [0, "GIF8"]],
  ["image/avif", "avif", [4, "ftypavi"]],
  ["audio/mp4", "m4a", [4, "ftypM4A"]],
  ["video/quicktime", "mov", [4, "ftypqt"]],
  ["video/mp4", "mp4", [4, "ftyp"]],
  ["video/webm", "webm", [0, "\x1aE\xdf\xa3"]],
  ["audio/wav", "wav", [0, "RIFF"], [8, "WAVE"]],
  ["audio/ogg", "ogg", [0, "OggS"]],
  ["audio/flac", "flac", [0, "fLaC"]],
  ["audio/mpeg", "mp3", [0, "ID3"]],
  ["audio/mpeg", "mp3", [0, "\xff\xfb"]],
  ["audio/mpeg", "mp3", [0, "\xff\xf3"]],
  ["model/gltf-binary", "glb", [0, "glTF"]],
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
* Sends a request and reads the answer: {status, phrase, milliseconds, headers, type, text, json, file}. `file` is a
* Blob if the bytes are an image, video, sound or 3D model, whatever the answer declares; `json` is undefined if the body is not JSON.
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
    file: fileIn(bytes),
    text: "",
    json: undefined,
  };
  if (answer.file === null) {
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

/** Returns the files in the answer of a synchronous call: its body, or base64 in its JSON. */
export function filesOf(model, answer) {
  if (answer.file) return [answer.file];
  const found = role(model, answer.json, "base64");
  const texts = Array.isArray(found) ? found : found === undefined ? [] : [found];
  return texts.filter((text) => typeof text === "string").map(decode).filter((file) => file !== null);
}

/** Returns the file name for a file. */
export const fileName = (file, slug, number) =>
  `${slug.replaceAll("/", "-")}${number ? `-${number + 1}` : ""}.${FORMATS.find(([type]) => type === file.type)[1]}`;

function decode(text) {
  try {
    const plain = text.replace(/^data:[^,]*,/, "").replace(/\s/g, "").replaceAll("-", "+").replaceAll("_", "/");
    return fileIn(Uint8Array.from(atob(plain), (sign) => sign.charCodeAt(0)));
  } catch {
    return null;
  }
}

function fileIn(bytes) {
  const has = ([at, text]) => [...text].every((sign, place) => bytes[at + place] === sign.charCodeAt(0));
  const found = FORMATS.find(([, , ...marks]) => marks.every(has));
  return found ? new Blob([bytes], { type: found[0] }) : null;
}
