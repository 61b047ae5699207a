// The result panel: images, errors, the queue's timeline, credits, headers and the basis of the answer. Data of answers is
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

  /** Shows the images, each with size, format and bytes. Resolves when they are displayed. */
  async showImages(images, prompt) {
    for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
    const figures = await Promise.all(images.map((image, number) => this.figure(image, number, prompt)));
    this.part("images").replaceChildren(...(figures.length ? figures : [make("p", { class: "empty" }, "The answer has no image.")]));
    this.part("images").classList.toggle("several", figures.length > 1);
  }

  async figure(image, number, prompt) {
    const url = URL.createObjectURL(image);
    this.urls.push(url);
    const img = make("img", { alt: `Generated for: ${prompt.slice(0, 200) || "no prompt"}` });
    const caption = make("figcaption");
    img.src = url;
    try {
      await img.decode();
      caption.append(`${img.naturalWidth} × ${img.naturalHeight} · ${image.type} · ${bytes(image.size)} `);
    } catch {
      caption.append(`Begins like ${image.type}, but cannot be decoded · ${bytes(image.size)} `);
    }
    caption.append(make("a", { href: url, download: fileName(image, this.model.slug, number) }, "Save"));
    return make("figure", {}, img, caption);
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

/** Returns a header of an answer; null if it is missing. */
export const header = (answer, name) => answer.headers.find(([other]) => other === name)?.[1] ?? null;

/** Returns a readable number of bytes. */
export const bytes = (count) => (count < 1000 ? `${count} bytes` : count < 1e6 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1e6).toFixed(2)} MB`);

function shortened(key, value) {
  return typeof value === "string" && value.length > 400 ? `${value.slice(0, 60)} … (${value.length} characters)` : value;
}
