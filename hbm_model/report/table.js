// The table of claims: search, filter, sort. Rows are there without it.
"use strict";
(() => {
  const table = document.getElementById("claims");
  const filters = document.getElementById("filters");
  const [search, show, which, shown] = ["search", "show", "which", "shown"].map((id) => document.getElementById(id));
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));

  const filter = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, text } of rows) {
      row.hidden = !(
        wanted.every((word) => text.includes(word)) &&
        (!show.value || row.dataset.used === show.value) &&
        (!which.value || row.dataset.table === which.value)
      );
      count += !row.hidden;
    }
    shown.textContent = shown.dataset.words.replace("{shown}", count).replace("{rows}", rows.length);
  };

  const heads = [...table.tHead.rows[0].cells];
  const sort = (column) => {
    const up = heads[column].getAttribute("aria-sort") !== "ascending";
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = new Map(rows.map(({ row }) => [row, row.cells[column].textContent]));
    const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
    const ordered = rows.map(({ row }) => row).sort((a, b) => (up ? 1 : -1) * compare(key.get(a), key.get(b)));
    body.append(...ordered);
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });

  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  filters.addEventListener("change", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.hidden = false;
  filter();
})();
