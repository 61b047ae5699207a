// A model's page: the form, the samples, and the result of Send.

import { dataIn, enclosed, keyHeaders, role, textIn } from "./answers.js";
import { Form } from "./form.js";
import { Journal } from "./journal.js";
import { make, Outcome } from "./outcome.js";
import { follow } from "./queue.js";
import { bodyOf, isData, slots } from "./samples.js";
import { tabs } from "./tabs.js";
import { at, call, filesOf, origin } from "./wire.js";

const main = document.querySelector("main");
const part = (id) => document.getElementById(id);
const model = JSON.parse(main.dataset.model);
const form = new Form(part("form"));
const outcome = new Outcome(part("result"), model);
const journal = new Journal(document, model, () => ({ key: part("key").value, token: part("token").value }));
let scenarios = new Map();
let underway = null;

function showSamples() {
  form.refresh();
  const { way } = form;
  const texts = slots(model, form.payload, part("target").value === "mock" ? origin : null, way);
  for (const sample of document.querySelectorAll("[data-sample]")) {
    sample.hidden = sample.dataset.operation !== way;
    for (const slot of sample.querySelectorAll("[data-slot]")) {
      slot.textContent = texts[sample.dataset.sample][slot.dataset.slot] ?? "";
    }
  }
}

async function send() {
  if (underway) return;
  underway = new AbortController();
  const { signal } = underway;
  const { payload, way } = form;
  const prompt = String(JSON.parse(payload.find(({ name }) => name === "prompt")?.json ?? '""'));
  const headers = keyHeaders(model, part("key").value);
  const scenario = part("scenario").value.trim();
  part("send").disabled = true;
  part("stop").hidden = false;
  form.refuse("");
  outcome.clear();
  outcome.say("Sending …");
  outcome.comeIntoView();
  try {
    const before = await journal.credits(part("key").value);
    const answer = await call(at(model.paths[way]), {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", ...(scenario ? { "x-mock-scenario": scenario } : {}) },
      body: enclosed(model.parameters[way], bodyOf(payload)),
      signal,
    });
    await (way === "sync" || answer.status >= 300 || typeof role(model, answer.json, "request_id") !== "string"
      ? conclude({ first: answer, answer, files: filesOf(model, answer), before, prompt })
      : queue(answer, headers, before, prompt, signal));
  } catch (error) {
    await outcome.showFiles([], prompt);
    if (signal.aborted) outcome.say("Stopped. The request may still be billed.", "bad");
    else {
      outcome.say("The connection ended without an answer.", "bad");
      outcome.showRefusal(`The request may have been billed, since the work may have begun. (${error.message})`);
    }
  } finally {
    underway = null;
    part("send").disabled = false;
    part("stop").hidden = true;
  }
  await journal.refresh();
}

async function queue(answer, headers, before, prompt, signal) {
  outcome.startTimeline();
  outcome.showAnswer(answer);
  for await (const step of follow(model, answer, headers, signal)) {
    outcome.addStep(step);
    if (step.state) outcome.say(`${step.state} …`);
    if (step.over) await conclude({ ...step, first: answer, before, prompt });
    if (step.over && step.note) outcome.showRefusal(step.note);
  }
}

/** Shows the last answer. */
async function conclude({ first, answer, files, before, prompt, state }) {
  const data = isData(model) && answer.status === 200 ? dataIn(model, answer) : undefined;
  if (data === undefined) await outcome.showFiles(files, prompt);
  else outcome.showData(textIn(model, data), data);
  outcome.showAnswer(answer);
  outcome.showCredits(before, first, answer);
  const good = answer.status === 200 && (files.length > 0 || data !== undefined);
  const said = `${answer.status || ""} ${answer.phrase}`.trim() + (state ? ` · ${state}` : "");
  if (good) {
    outcome.say(`${said} · ${answer.milliseconds.toFixed(0)} ms`, "good");
    if (answer.file && !answer.type.startsWith(answer.file.type)) {
      outcome.showRefusal(`The answer declares ${answer.type || "no type"}, but its bytes are ${answer.file.type}.`);
    }
    return;
  }
  const words = role(model, answer.json, "error_text");
  const named = typeof words === "string" ? form.refuse(words) : 0;
  outcome.say(named ? `${said}: ${named === 1 ? "one parameter is" : `${named} parameters are`} refused` : said, "bad");
  if (typeof words === "string") outcome.showRefusal(words);
  else outcome.showRefusal(answer.text.slice(0, 2000) || "The answer has neither a file nor an error message.");
}

async function showScenarios() {
  scenarios = new Map(Object.entries((await journal.ask("scenarios"))?.scenarios ?? {}));
  part("scenarios").replaceChildren(...[...scenarios.keys()].map((value) => make("option", { value })));
  explainScenario();
}

// Returns the description of a scenario; for one with arguments ("poll:status-429:2") that of its kind.
function meaning(name) {
  const head = `${name.split(":", 1)[0]}:`;
  return scenarios.get(name) ?? [...scenarios].find(([usage]) => name.includes(":") && usage.startsWith(head))?.[1];
}

function explainScenario() {
  const names = part("scenario").value.split(",").map((name) => name.trim()).filter(Boolean);
  const docs = names.map((name) => meaning(name) ?? `Unknown scenario ${name}.`);
  part("scenario-about").textContent = docs.join(" ") || "A failure or delay for this request; several with commas between.";
}

async function learn() {
  await showScenarios();
  outcome.notes = (await journal.ask("basis"))?.notes ?? {};
  await journal.refresh();
}

async function copy() {
  const shown = [...document.querySelectorAll("[data-sample]")].find((sample) => sample.checkVisibility());
  try {
    await navigator.clipboard.writeText(shown.textContent);
    outcome.say("Copied.");
  } catch {
    // Only secure contexts may write to the clipboard. Elsewhere the text is selected for Ctrl+C.
    getSelection().selectAllChildren(shown);
    outcome.say("Selected. Press Ctrl+C to copy.");
  }
}

tabs(document.querySelector("[role=tablist]"));
part("form").addEventListener("input", showSamples);
part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  send();
});
part("stop").addEventListener("click", () => underway?.abort(new Error("stopped")));
part("target").addEventListener("change", showSamples);
part("copy").addEventListener("click", copy);
part("scenario").addEventListener("input", explainScenario);
part("token").addEventListener("change", learn);
part("use-example").addEventListener("click", () => {
  form.fill(() => true);
  showSamples();
});
part("clear").addEventListener("click", () => {
  form.fill(() => false);
  showSamples();
});

showSamples();
learn();
