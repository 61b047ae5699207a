// The whole form: its payload, and the mock's violations shown at its fields.

import { Field } from "./field.js";
import { members } from "./literals.js";

export class Form {
  constructor(element) {
    this.element = element;
    this.fields = [...element.querySelectorAll("[data-parameter]")].map((field) => new Field(field));
    this.extra = element.querySelector("#extra");
    this.extraHint = element.querySelector("#extra-hint");
    element.addEventListener("input", ({ target }) => {
      const field = this.fields.find(({ controls }) => controls.includes(target));
      if (field) {
        field.touched = true;
        field.refuse("");
      }
    });
    this.fill((facts) => facts.required);
  }

  /** The payload: a list of {name, json, facts}, in the order of the model's page. */
  get payload() {
    const extra = new Map(this.furtherMembers() ?? []);
    const known = this.fields
      .map(({ facts, json }) => ({ name: facts.name, json, facts }))
      .filter(({ name, json }) => json !== null && !extra.has(name));
    return [...known, ...[...extra].map(([name, json]) => ({ name, json, facts: null }))];
  }

  get way() {
    return this.element.querySelector("[name=way]:checked").value;
  }

  /** Sets the wanted fields to the page's example, and leaves the others out. */
  fill(wanted) {
    for (const field of this.fields) {
      const { facts } = field;
      field.set(facts.has_example && wanted(facts) ? facts.example : null);
      field.refuse("");
    }
    this.extra.value = "";
  }

  /** Updates hints and counts. */
  refresh() {
    for (const field of this.fields) field.showDoubt();
    for (const group of this.element.querySelectorAll("details.group")) {
      const inside = this.fields.filter((field) => field.group === group);
      const set = inside.filter(({ json }) => json !== null).length;
      const count = group.querySelector(".count");
      if (count.dataset.of) count.textContent = set ? `${set} of ${count.dataset.of} set` : `${count.dataset.of} optional`;
    }
    const further = this.furtherMembers();
    this.extraHint.textContent = further === null ? "Not a JSON object, so none of it is sent." : "";
    this.extraHint.hidden = further !== null;
    this.element.querySelector("#extra-count").textContent = further?.length ? `${further.length} set` : "";
  }

  /** Shows the violations at their parameters and focuses the first. Returns their number. */
  refuse(words) {
    const said = parted(words, this.fields.map(({ facts }) => facts.name));
    for (const field of this.fields) field.refuse(said.get(field.facts.name) ?? "");
    this.fields.find(({ facts }) => said.has(facts.name))?.focus();
    return said.size;
  }

  furtherMembers() {
    if (this.extra.value.trim() === "") return [];
    try {
      return members(this.extra.value);
    } catch {
      return null;
    }
  }
}

/** Returns the messages in `name: message; name: …` by parameter. */
function parted(words, names) {
  const starts = names
    .flatMap((name) => [...occurrences(words, `${name}: `)].map((place) => ({ name, place })))
    .sort((one, other) => one.place - other.place);
  return new Map(
    starts.map(({ name, place }, number) => {
      const end = starts[number + 1]?.place ?? words.length;
      return [name, words.slice(place + name.length + 2, end).replace(/; $/, "")];
    }),
  );
}

function* occurrences(words, beginning) {
  for (let place = words.indexOf(beginning); place >= 0; place = words.indexOf(beginning, place + 1)) {
    if (place === 0 || words.slice(0, place).endsWith("; ")) yield place;
  }
}
