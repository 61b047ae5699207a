// The admin endpoints: journal, clock, scenarios and notes, and the token that they may need.

import { make } from "./outcome.js";
import { administer, Refused } from "./wire.js";

const LAST = 30;
const FOLLOW_MS = 1500;

export class Journal {
  /** `asked` returns {key, token} from the form. */
  constructor(page, model, asked) {
    this.model = model;
    this.part = (id) => page.querySelector(`#${id}`);
    this.asked = asked;
    this.part("refresh").addEventListener("click", () => this.refresh());
    this.part("mine").addEventListener("change", () => this.refresh());
    this.part("follow").addEventListener("change", () => this.follow());
    for (const button of page.querySelectorAll("[data-seconds]")) {
      button.addEventListener("click", () => this.turn({ advance: Number(button.dataset.seconds) }));
    }
    this.part("frozen").addEventListener("change", ({ target }) => this.turn({ freeze: target.checked }));
  }

  /** Calls an admin endpoint. Returns null after an error, which the page shows. */
  async ask(endpoint, more = {}) {
    try {
      const answer = await administer(this.model, endpoint, { token: this.asked().token, ...more });
      this.tell("");
      return answer;
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.part("token-field").hidden = false;
      this.tell(error instanceof Refused ? error.message : "The mock does not answer. Check that it is running.");
      return null;
    }
  }

  async refresh() {
    const clock = await this.ask("clock");
    this.showClock(clock);
    if (clock === null) return;
    const key = this.part("mine").checked ? this.asked().key : undefined;
    const found = await this.ask(`requests?last=${LAST}`, { key });
    if (found === null) return;
    const shown = new Map([...this.part("entries").children].map((item) => [item.dataset.number, item]));
    // Existing entries are kept, since the user may be reading one.
    const entries = found.requests.toReversed().map((entry) => shown.get(String(entry.number)) ?? row(entry));
    const now = entries.length ? entries : [make("li", { class: "empty" }, "No request yet.")];
    if (now.length !== shown.size || now.some((item) => !item.isConnected)) this.part("entries").replaceChildren(...now);
  }

  /** Refreshes the journal while `follow` is checked and the page is visible. */
  async follow() {
    if (this.following) return;
    this.following = true;
    while (this.part("follow").checked) {
      if (!document.hidden) await this.refresh();
      await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
    }
    this.following = false;
  }

  async turn(body) {
    this.showClock(await this.ask("clock", { body }));
  }

  /** Returns the credits of a key; null if they are not available. */
  async credits(key) {
    const found = key === "" ? null : await this.ask("credits", { key });
    return found?.accounts[0]?.credits ?? null;
  }

  showClock(clock) {
    if (clock === null) return;
    this.part("now").textContent = new Date(clock.now * 1000).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
    this.part("frozen").checked = clock.frozen;
  }

  tell(words) {
    this.part("journal-state").textContent = words;
  }
}

function row(entry) {
  const at = new Date(entry.at * 1000).toISOString().slice(11, 19);
  const status = entry.status === 0 ? "cut off" : String(entry.status);
  const line = [
    make("time", {}, at),
    make("b", { class: entry.status >= 400 || entry.status === 0 ? "bad" : "good" }, status),
    make("span", { class: "path" }, `${entry.method} ${entry.path}`),
  ];
  if (entry.scenario) line.push(make("span", { class: "tag" }, entry.scenario));
  line.push(make("span", { class: "who" }, entry.key ?? "no key"));
  const inside = [make("summary", {}, ...line)];
  if (entry.refused) inside.push(make("p", { class: "why" }, make("b", {}, "Why refused: "), entry.refused));
  if (entry.request_id) inside.push(make("p", {}, "Request id ", make("code", {}, entry.request_id)));
  inside.push(make("pre", { tabindex: "0" }, entry.payload === null ? "no payload" : JSON.stringify(entry.payload, null, 2)));
  return make("li", { "data-number": entry.number }, make("details", {}, ...inside));
}
