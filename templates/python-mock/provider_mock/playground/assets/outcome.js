// The result panel: files and answers, errors, the queue's timeline, credits, headers and the basis of the answer. Data of answers is
// only inserted as text, never as markup.

import { fileName } from "./wire.js";

const BASIS = "x-mock-basis";
const LONGEST = 20_000;

/** An element with text and children. */
export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

export class Outcome {
  constructor(element, model) {
    this.part = (id) => element.querySelector(`#${id}`);
    this.element = element;
    this.model = model;
    this.notes = {};
    this.urls = [];
    this.cited = new Map();
  }

  /** Shows a status message, also to screen readers. */
  say(words, kind = "") {
    const status = this.part("status");
    status.textContent = words;
    status.className = `status ${kind}`;
  }

  /** Scrolls the panel into view, which is below the form on a narrow screen. */
  comeIntoView() {
    const { top, bottom } = this.element.getBoundingClientRect();
    if (top > innerHeight * 0.8 || bottom < innerHeight * 0.2) this.element.scrollIntoView({ block: "start" });
  }

  clear() {
    for (const id of ["refused", "timeline", "credits", "basis", "headers", "body"]) this.part(id).hidden = true;
    for (const id of ["track", "polls"]) this.part(id).replaceChildren();
    this.part("refused").replaceChildren();
    this.cited.clear();
    this.part("images").replaceChildren(make("p", { class: "empty working" }, "Waiting for the answer …"));
  }

  /** Shows the files, each with its measures, format and bytes. Resolves when they are displayed. */
  async showFiles(files, prompt) {
    for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
    const figures = await Promise.all(files.map((file, number) => this.figure(file, number, prompt)));
    this.part("images").replaceChildren(...(figures.length ? figures : [make("p", { class: "empty" }, "The answer has no file.")]));
    this.part("images").classList.toggle("several", figures.length > 1);
  }

  /** Shows the answer of a text or JSON model. */
  showData(text, data) {
    const shown = text ?? JSON.stringify(data, null, 2);
    const block = make(text === null ? "pre" : "p", { class: "answer", tabindex: "0" });
    block.textContent = shown.length > LONGEST ? `${shown.slice(0, LONGEST)} …` : shown;
    this.part("images").replaceChildren(block);
    this.part("images").classList.remove("several");
  }

  async figure(file, number, prompt) {
    const url = URL.createObjectURL(file);
    this.urls.push(url);
    const label = `Generated for: ${prompt.slice(0, 200) || "no prompt"}`;
    const caption = make("figcaption");
    const shown = elementFor(file.type, label);
    try {
      const measures = shown ? await displayed(shown, url) : [];
      caption.append(`${[...measures, file.type, bytes(file.size)].join(" · ")} `);
    } catch {
      caption.append(`Begins like ${file.type}, but cannot be decoded · ${bytes(file.size)} `);
    }
    caption.append(make("a", { href: url, download: fileName(file, this.model.slug, number) }, "Save"));
    return make("figure", {}, ...(shown ? [shown] : []), caption);
  }

  /** Shows the message of an error. */
  showRefusal(words) {
    this.part("refused").replaceChildren(make("p", {}, words));
    this.part("refused").hidden = false;
  }

  /** Starts the timeline with the states of a job. */
  startTimeline() {
    const { pending, done } = this.model.queue.states;
    this.part("track").replaceChildren(...[...pending, done[0]].map((state) => make("li", { "data-state": state }, state)));
    this.part("timeline").hidden = false;
    this.begun = performance.now();
  }

  /** Adds one step of the queue. */
  addStep({ what, state, answer, fetched = answer, note }) {
    const { pending, done, failed } = this.model.queue.states;
    const seconds = `+${((performance.now() - this.begun) / 1000).toFixed(2)} s`;
    const row = make("li", {}, make("time", {}, seconds), make("span", { class: "what" }, what));
    if (state) row.append(make("b", { class: failed.includes(state) ? "bad" : "" }, state));
    row.append(make("span", { class: "code" }, `${fetched.status} in ${fetched.milliseconds.toFixed(0)} ms`));
    if (note) row.append(make("span", { class: "note" }, note));
    this.part("polls").append(row);
    this.cite(answer);
    const line = [...pending, ...done.slice(0, 1)];
    const reached = failed.includes(state) ? line.length - 1 : line.indexOf(state);
    [...this.part("track").children].forEach((item, place) => {
      if (place <= reached) item.classList.add("reached");
      if (place === reached) item.setAttribute("aria-current", "step");
      else if (reached >= 0) item.removeAttribute("aria-current");
      if (place === reached && failed.includes(state)) {
        item.textContent = state;
        item.classList.add("bad");
      }
    });
  }

  /** Shows credits before and after, and the cost in the first answer; each may be unknown. */
  showCredits(before, first, last) {
    const { remaining_credits: left, cost } = this.model.headers;
    const after = header(last, left?.name);
    if (before === null && after === null) return;
    const paid = header(first, cost?.name);
    const rows = [["Credits before", before ?? "not known"], ["after", after ?? "not known"]];
    if (paid !== null) rows.push(["cost", paid]);
    this.part("credits").replaceChildren(
      ...rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))),
    );
    this.part("credits").hidden = false;
  }

  /** Shows headers, body and basis of an answer. */
  showAnswer(answer) {
    const list = this.part("headers").querySelector("dl");
    const known = Object.fromEntries(Object.values(this.model.headers).map(({ name, meaning }) => [name, meaning]));
    list.replaceChildren(
      ...answer.headers.flatMap(([name, value]) => [
        make("dt", {}, name, ...(Object.hasOwn(known, name) ? [make("small", {}, known[name])] : [])),
        make("dd", {}, value),
      ]),
    );
    this.part("headers").hidden = false;
    const body = answer.json === undefined ? answer.text : JSON.stringify(answer.json, shortened, 2);
    this.part("body").querySelector("pre").textContent = body.length > LONGEST ? `${body.slice(0, LONGEST)} …` : body;
    this.part("body").hidden = answer.text === "";
    this.cite(answer);
  }

  /** Adds the basis of an answer to those before it. */
  cite(answer) {
    for (const note of (header(answer, BASIS) ?? "").split(",").filter(Boolean)) this.cited.set(...note.split("="));
    this.part("basis").hidden = this.cited.size === 0;
    this.part("basis").querySelector("dl").replaceChildren(
      ...[...this.cited].flatMap(([name, basis]) => {
        const words = Object.hasOwn(this.notes, name) ? this.notes[name].words : name;
        return [make("dt", { class: basis === "inferred" ? "guess" : "" }, basis ?? "not known"), make("dd", {}, words)];
      }),
    );
  }
}

/** Returns the element that shows files of a media type; null if browsers have none. */
function elementFor(type, label) {
  if (type.startsWith("image/")) return make("img", { alt: label });
  if (type.startsWith("video/")) return make("video", { controls: "", loop: "", playsinline: "", "aria-label": label });
  return type.startsWith("audio/") ? make("audio", { controls: "", "aria-label": label }) : null;
}

/** Loads a file into its element, and returns its measures. Throws if it cannot be decoded. */
async function displayed(element, url) {
  element.src = url;
  if (element.tagName === "IMG") {
    await element.decode();
    return [`${element.naturalWidth} × ${element.naturalHeight}`];
  }
  await new Promise((resolve, reject) => {
    element.addEventListener("loadeddata", resolve, { once: true });
    element.addEventListener("error", () => reject(element.error), { once: true });
  });
  const length = `${element.duration.toFixed(1)} s`;
  return element.tagName === "VIDEO" ? [`${element.videoWidth} × ${element.videoHeight}`, length] : [length];
}

/** Returns a header of an answer; null if it is missing. */
export const header = (answer, name) => answer.headers.find(([other]) => other === name)?.[1] ?? null;

/** Returns a readable number of bytes. */
export const bytes = (count) => (count < 1000 ? `${count} bytes` : count < 1e6 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1e6).toFixed(2)} MB`);

function shortened(key, value) {
  return typeof value === "string" && value.length > 400 ? `${value.slice(0, 60)} … (${value.length} characters)` : value;
}
