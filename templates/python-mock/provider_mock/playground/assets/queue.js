// v2: what happens between the submit and the pictures, as events for the timeline.

import { at, call, own } from "./wire.js";

const PAUSE_MS = 400;

/**
 * Follows a job that was submitted with `answer` to its end. Yields {what, state, answer, note} for each step; the
 * last one is `over` and has `images`, which are none if the job came to no good end, and `fetched`, what brought them.
 */
export async function* follow(model, answer, headers, signal) {
  const { queue } = model;
  const id = encodeURIComponent(answer.json.request_id);
  const status = route(answer.json.status_url, queue.status_path.replace("{request_id}", id));
  const result = route(answer.json.response_url, queue.result_path.replace("{request_id}", id));
  const until = performance.now() + queue.timeout_s * 1000;
  yield { what: "submitted", state: answer.json.status ?? queue.states.pending[0], answer, note: status.note };
  for (let poll = 1; ; poll += 1) {
    await pause(signal);
    const seen = await call(status.url, { headers, signal });
    const state = seen.json?.status;
    if (seen.status === 502 || seen.status === 504) {
      yield { what: `poll ${poll}`, answer: seen, note: "A gateway failed; the job goes on." };
    } else if (queue.states.failed.includes(state) || seen.status !== 200) {
      yield { what: `poll ${poll}`, state, answer: seen, over: true, images: [] };
      return;
    } else {
      const known = [...queue.states.pending, ...queue.states.done].includes(state);
      yield { what: `poll ${poll}`, state, answer: seen, note: known ? "" : "No documented state: asked again." };
      if (queue.states.done.includes(state)) break;
    }
    if (performance.now() > until) {
      yield { what: "given up", answer: seen, over: true, images: [], note: `Not done after ${queue.timeout_s} s.` };
      return;
    }
  }
  const last = await call(result.url, { headers, signal });
  yield { what: "result", answer: last, note: result.note };
  const images = [];
  let note = "";
  let fetched = last;
  for (const url of last.status === 200 ? [last.json?.output ?? []].flat() : []) {
    // Pictures lie on a CDN, so they are asked for without the key.
    const picture = route(url, mediaPath(url));
    fetched = await call(picture.url, { signal });
    if (fetched.image) images.push(fetched.image);
    else note = `A picture could not be had (${fetched.status}).`;
    note ||= picture.note;
  }
  yield { what: "pictures", state: last.json?.status, answer: last, fetched, over: true, images, note };
}

/** The URL that an answer names, or, where that is another host's, the same on this mock. */
function route(url, path) {
  const mine = own(url);
  if (mine !== null) return { url: mine, note: "" };
  return { url: at(path), note: `The answer names another place (${String(url).slice(0, 80)}); this page asks the mock.` };
}

function mediaPath(url) {
  try {
    return new URL(url).pathname;
  } catch {
    return String(url);
  }
}

function pause(signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, PAUSE_MS);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
