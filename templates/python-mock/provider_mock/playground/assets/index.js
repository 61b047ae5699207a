// The list of models: the search field filters it, Enter opens the first.

const find = document.querySelector("#find");
const found = document.querySelector("#found");
const models = [...document.querySelectorAll("#models > li")].map((item) => ({ item, text: item.textContent.toLowerCase() }));

function narrow() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { item, text } of models) {
    item.hidden = !words.every((word) => text.includes(word));
    count += item.hidden ? 0 : 1;
  }
  const all = `${models.length} model${models.length === 1 ? "" : "s"}`;
  found.textContent = count === models.length ? all : `${count} of ${all}`;
}

find.addEventListener("input", narrow);
find.addEventListener("keydown", (event) => {
  const first = models.find(({ item }) => !item.hidden);
  if (event.key === "Enter" && first) first.item.querySelector("a").click();
});
narrow();
