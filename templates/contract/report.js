"use strict";
const at = (id) => document.getElementById(id);
const groups = [...document.querySelectorAll("article")];
const rows = [...at("cases").tBodies[0].rows];

function show() {
  const words = at("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (node) => words.every((word) => node.textContent.toLowerCase().includes(word));
  const model = at("model").value;
  let shown = 0;
  for (const group of groups) {
    const models = JSON.parse(group.dataset.models);
    const severity = at("doubts").checked || group.dataset.severity === "drift";
    group.hidden = !(severity && (!model || models.includes(model)) && has(group));
    shown += group.hidden ? 0 : 1;
  }
  for (const row of rows) row.hidden = !((!model || row.dataset.model === model) && has(row));
  at("shown").textContent = `${shown} of ${groups.length} groups`;
}

function sort() {
  const key = at("order").value;
  const compare = (one, other) => one.dataset.rank - other.dataset.rank;
  const named = (one, other) => one.dataset[key].localeCompare(other.dataset[key]) || compare(one, other);
  at("groups").append(...groups.sort(key === "rank" ? compare : named));
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const way = button.dataset.sorted === "1" ? -1 : 1;
    for (const other of document.querySelectorAll("th button")) delete other.dataset.sorted;
    button.dataset.sorted = way;
    const column = button.parentElement.cellIndex;
    const text = (row) => row.cells[column].textContent;
    rows.sort((one, other) => way * text(one).localeCompare(text(other), undefined, { numeric: true }));
    at("cases").tBodies[0].append(...rows);
  });
}
at("controls").addEventListener("input", () => { sort(); show(); });
at("controls").addEventListener("submit", (event) => event.preventDefault());
show();
