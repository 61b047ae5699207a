// The queue: the steps between submit and files, as events for the timeline.

import { filesIn, role, stateIn, verdict } from "./answers.js";
import { isData } from "./samples.js";
import { at, call, own } from "./wire.js";

const PAUSE_MS = 400;
const GATEWAYS = ["bad_gateway", "gateway_timeout"];

/**
* Follows the job of a submit's `answer` to its end. Yields {what, state, answer, note} for each step. The last one is
* `over` and has `files`, which are empty if the job failed, and `fetched`, the last answer with a file.
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
      yield { what: `poll ${poll}`, answer: seen, note: "Error of a gateway; the job continues." };
    } else if (meant === "failed" || (seen.status >= 300 && meant === undefined)) {
      yield { what: `poll ${poll}`, state, answer: seen, over: true, files: [] };
      return;
    } else {
      yield { what: `poll ${poll}`, state, answer: seen, note: meant ? "" : "Undocumented state; polling again." };
      if (meant === "done") break;
    }
    if (performance.now() > until) {
      yield { what: "given up", answer: seen, over: true, files: [], note: `Not done after ${queue.timeout_s} s.` };
      return;
    }
  }
  const last = await call(result.url, { headers, signal });
  yield { what: "result", answer: last, note: result.note };
  if (isData(model)) {
    yield { what: "answer", state: stateIn(model, last), answer: last, over: true, files: [] };
    return;
  }
  const files = [];
  let note = "";
  let fetched = last;
  for (const url of last.status === 200 ? filesIn(model, last.json) : []) {
    // Files are on a CDN, so they are requested without the key.
    const file = route(url, mediaPath(url));
    fetched = await call(file.url, { signal });
    if (fetched.file) files.push(fetched.file);
    else note = `A file could not be downloaded (${fetched.status}).`;
    note ||= file.note;
  }
  yield { what: "files", state: stateIn(model, last), answer: last, fetched, over: true, files, note };
}

/** Returns the URL in an answer or, if it has another host, the same path on this mock. */
function route(url, path) {
  if (url === undefined) return { url: at(path), note: "" };
  const mine = own(url);
  if (mine !== null) return { url: mine, note: "" };
  return { url: at(path), note: `The answer has a URL of another host (${String(url).slice(0, 80)}); this page uses the mock instead.` };
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
