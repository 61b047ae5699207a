// The control of one parameter: its value as JSON text, and hints about invalid values.

import { isNumber } from "./literals.js";

/** Returns the bound or step that a number violates; empty if it violates none. */
function outside(schema, number) {
  if (number < schema.minimum) return `Below the minimum ${schema.minimum}.`;
  if (number > schema.maximum) return `Above the maximum ${schema.maximum}.`;
  if (number <= schema.exclusiveMinimum) return `Not greater than ${schema.exclusiveMinimum}.`;
  if (number >= schema.exclusiveMaximum) return `Not less than ${schema.exclusiveMaximum}.`;
  const step = schema.multipleOf;
  // A quotient such as 0.3 / 0.1 has a rounding error.
  if (step !== undefined && Math.abs(number / step - Math.round(number / step)) > 1e-9) return `Not a multiple of ${step}.`;
  return "";
}

function isNullable({ type }) {
  return Array.isArray(type) && type.includes("null");
}

export class Field {
  constructor(element) {
    this.element = element;
    this.facts = JSON.parse(element.dataset.parameter);
    this.controls = [...element.querySelectorAll("input, select, textarea")];
    // The known values as the page shows them, with invisible characters spelled out.
    this.written = [...element.querySelectorAll("datalist option")].map(({ value }) => value);
    this.group = element.closest("details");
    this.hintLine = element.querySelector(".hint");
    this.wrongLine = element.querySelector(".wrong");
  }

  /** The text in the control; empty if the parameter is left out. */
  get text() {
    const [first] = this.controls;
    return first.type === "radio" ? this.controls.find((radio) => radio.checked).value : first.value;
  }

  /** The value as JSON text; null if the parameter is left out. A value of another type is sent as a string. */
  get json() {
    const text = this.text;
    if (text === "") return null;
    const { type, schema } = this.facts;
    if (type === "boolean" || this.controls[0].tagName === "SELECT") return text;
    if (text === "null" && type !== "string" && isNullable(schema)) return text;
    if (type === "integer" || type === "number") return isNumber(text.trim()) ? text.trim() : JSON.stringify(text);
    if (type === "string") return JSON.stringify(schema["x-known-values"]?.[this.written.indexOf(text)] ?? text);
    try {
      JSON.parse(text);
      return text.trim();
    } catch {
      return JSON.stringify(text);
    }
  }

  /** Sets a value, as JSON text; null leaves the parameter out. */
  set(json) {
    const [first] = this.controls;
    if (first.type === "radio") {
      for (const radio of this.controls) radio.checked = radio.value === (json ?? "");
    } else if (json === null) {
      first.value = "";
    } else if (first.tagName === "SELECT") {
      const same = (one) => one !== "" && JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(json));
      const options = [...first.options].map(({ value }) => value);
      first.value = options.find((one) => one === json) ?? options.find(same) ?? "";
    } else {
      const value = JSON.parse(json);
      first.value = typeof value === "string" ? this.written[this.facts.schema["x-known-values"]?.indexOf(value)] ?? value : json;
    }
  }

  /** A hint about an invalid value; empty without one. It never prevents sending. */
  get doubt() {
    const { type, schema, required } = this.facts;
    const [first] = this.controls;
    if (first.validity.badInput) return "Not a number; it is left out.";
    const { text, json } = this;
    if (json === null) return required ? "Required." : "";
    const value = JSON.parse(json);
    if (value === null && isNullable(schema)) return "";
    if (type === "integer" || type === "number") {
      const number = schema["x-accepts-text"] && isNumber(text.trim()) ? Number(text) : value;
      if (typeof number !== "number") return "Not a number; it is sent as text.";
      if (type === "integer" && !Number.isInteger(number)) return "Not a whole number.";
      const doubt = outside(schema, number);
      if (doubt) return doubt;
    }
    if (type === "string") {
      const length = [...text].length;
      const { minLength = 0, maxLength = Infinity, pattern } = schema;
      if (length < minLength) return `Shorter than ${minLength} characters.`;
      if (length > maxLength) return `Longer than ${maxLength} characters.`;
      if (pattern !== undefined && !new RegExp(pattern, "u").test(text)) return `Does not match ${pattern}.`;
    }
    if (type === "array" && !Array.isArray(value)) return "Not a JSON list; it is sent as it is.";
    if (type === "object" && (value === null || typeof value !== "object" || Array.isArray(value))) {
      return "Not a JSON object; it is sent as it is.";
    }
    const known = schema["x-known-values"];
    if (known && !this.written.includes(text) && !known.some((one) => String(one) === text)) {
      const total = schema["x-known-total"];
      return `Not among the ${known.length} known values${total > known.length ? ` of ${total}` : ""}; it may still be valid.`;
    }
    return "";
  }

  showDoubt() {
    // An empty required field is already marked.
    const doubt = this.json === null && this.facts.required && !this.touched ? "" : this.doubt;
    this.hintLine.textContent = doubt;
    this.hintLine.hidden = doubt === "";
  }

  /** Shows the mock's message about this parameter; an empty text removes it. */
  refuse(words) {
    this.wrongLine.textContent = words;
    this.wrongLine.hidden = words === "";
    this.element.classList.toggle("refused", words !== "");
    for (const control of this.controls) {
      if (words === "") control.removeAttribute("aria-invalid");
      else control.setAttribute("aria-invalid", "true");
    }
    if (words !== "" && this.group) this.group.open = true;
  }

  focus() {
    (this.controls.find((control) => control.checked) ?? this.controls[0]).focus();
  }
}
