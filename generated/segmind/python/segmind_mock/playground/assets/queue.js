// The queue: what happens between the submit and the pictures, as events for the timeline.

import { filesIn, role, stateIn, verdict } from "./facts.js";
import { at, call, own } from "./wire.js";

const PAUSE_MS = 400;
const GATEWAYS = ["bad_gateway", "gateway_timeout"];

/**
 * Follows a job that was submitted with `answer` to its end. Yields {what, state, answer, note} for each step; the
 * last one is `over` and has `images`, which are none if the job came to no good end, and `fetched`, what brought them.
 */
export async function* follow(model, answer, headers, signal) {
  const { queue } = model;
  const id = encodeURIComponent(role(model, answer.json, "request_id"));
  const filled = (path) => path.replace("{slug}", () => model.slug).replace("{request_id}", () => id);
  const status = route(role(model, answer.json, "status_url"), filled(queue.status_path));
  const result = route(role(model, answer.json, "result_url"), filled(queue.result_path));
  const until = performance.now() + queue.timeout_s * 1000;
  yield { what: "submitted", state: stateIn(model, answer) ?? queue.states.pending[0], answer, note: status.note };
  for (let poll = 1; ; poll += 1) {
    await pause(signal);
    const seen = await call(status.url, { headers, signal });
    const state = stateIn(model, seen);
    const meant = verdict(model, seen)?.outcome;
    if (GATEWAYS.includes(model.statuses[seen.status]?.role)) {
      yield { what: `poll ${poll}`, answer: seen, note: "A gateway failed; the job goes on." };
    } else if (meant === "failed" || (seen.status >= 300 && meant === undefined)) {
      yield { what: `poll ${poll}`, state, answer: seen, over: true, images: [] };
      return;
    } else {
      yield { what: `poll ${poll}`, state, answer: seen, note: meant ? "" : "No documented state: asked again." };
      if (meant === "done") break;
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
  for (const url of last.status === 200 ? filesIn(model, last.json) : []) {
    // Pictures lie on a CDN, so they are asked for without the key.
    const picture = route(url, mediaPath(url));
    fetched = await call(picture.url, { signal });
    if (fetched.image) images.push(fetched.image);
    else note = `A picture could not be had (${fetched.status}).`;
    note ||= picture.note;
  }
  yield { what: "pictures", state: stateIn(model, last), answer: last, fetched, over: true, images, note };
}

/** The URL that an answer names, or, where that is another host's, the same on this mock. */
function route(url, path) {
  if (url === undefined) return { url: at(path), note: "" };
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
