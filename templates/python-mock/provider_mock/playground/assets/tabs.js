// Tabs with keyboard support: Tab enters the list; arrows, Home and End move inside.

/** Makes a tab list work. */
export function tabs(list) {
  const all = [...list.querySelectorAll("[role=tab]")];
  const show = (tab) => {
    for (const one of all) {
      one.setAttribute("aria-selected", String(one === tab));
      one.tabIndex = one === tab ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = one !== tab;
    }
  };
  list.addEventListener("click", ({ target }) => {
    if (all.includes(target)) show(target);
  });
  list.addEventListener("keydown", (event) => {
    const place = all.indexOf(document.activeElement);
    const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: all.length - 1 }[event.key];
    if (place < 0 || to === undefined) return;
    event.preventDefault();
    const tab = all[(to + all.length) % all.length];
    tab.focus();
    show(tab);
  });
}
