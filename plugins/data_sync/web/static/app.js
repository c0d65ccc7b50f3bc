// The page: asks for the tables every few seconds and shows those that are searched for.

import { byId, h } from "./dom.js";
import { COLUMNS, comparison, refreshTimes } from "./columns.js";
import { count, roughly } from "./format.js";
import { followLinks } from "./links.js";
import { icon, pill, WORDS, wordOf } from "./status.js";
import { TableList } from "./list.js";

const EVERY = 15000;
const KEPT = "data-sync-view";

const only = new URLSearchParams(window.location.search).get("dag");
const list = new TableList();
const view = { words: [], search: "", system: "", sort: "status", down: false, ...remembered() };
let data = null;
let fetched = 0;
let skew = 0; // how far this machine's clock is from the server's, in milliseconds

const now = () => Date.now() + skew;

function remembered() {
  try {
    return JSON.parse(window.sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function remember() {
  try {
    window.sessionStorage.setItem(KEPT, JSON.stringify(view));
  } catch {
    // no storage: the view is forgotten
  }
}

// -- loading ---------------------------------------------------------------------------------------------

async function load() {
  try {
    const answer = await fetch("api/tables", { headers: { Accept: "application/json" } });
    if (answer.status === 401) throw new Error("Your login has expired. Reload the page to log in again.");
    const body = await answer.json();
    if (!answer.ok) throw new Error(`Status is not available: ${body.detail ?? answer.statusText}.`);
    for (const table of body.tables) table.latest = table.last[table.latest] ?? null;
    data = body;
    fetched = Date.now();
    skew = Date.parse(body.now) - fetched;
    complain("");
    render();
  } catch (error) {
    complain(error instanceof TypeError ? "Airflow's API server does not answer. Trying again…" : error.message);
  }
}

function complain(text) {
  const place = byId("message");
  place.hidden = !text;
  if (place.textContent !== text) place.textContent = text;
}

// -- showing ---------------------------------------------------------------------------------------------

function render() {
  const tables = only ? data.tables.filter((table) => table.dag === only) : data.tables;
  list.update(tables, now());
  renderTop(tables);
  renderProblems();
  if (!only) {
    renderTiles();
    renderSystems();
  }
  arrange();
  if (only && tables.length) list.open(tables[0].name);
}

function renderTop(tables) {
  const word = only ? tables.map(wordOf)[0] : data.status;
  byId("overall").replaceChildren(...(word ? [pill(word)] : []));
  tick();
}

function renderProblems() {
  const place = byId("problems");
  const problems = only ? [] : data.problems;
  place.hidden = !problems.length;
  const many = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  place.querySelector("summary").textContent = `${many} in the configuration: the data sources concerned are not synced`;
  place.querySelector("ul").replaceChildren(...problems.map((text) => h("li", {}, text)));
}

function renderTiles() {
  const words = data.tables.map(wordOf);
  const tiles = WORDS.map((word) => {
    const many = words.filter((other) => other === word).length;
    const pressed = view.words.includes(word);
    return h(
      "button",
      { type: "button", class: `tile ${word.toLowerCase()}`, "data-word": word, "aria-pressed": String(pressed), disabled: !many && !pressed },
      icon(word), h("b", {}, count(many)), h("span", {}, word),
    );
  });
  const place = byId("tiles");
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.word : null;
  place.replaceChildren(...tiles);
  if (focused) place.querySelector(`[data-word="${focused}"]`).focus();
}

function renderSystems() {
  const systems = [...new Set(data.tables.map((table) => table.system))].sort();
  const place = byId("system");
  const options = ["", ...systems].map((system) => h("option", { value: system }, system || "All source systems"));
  if (place.children.length !== options.length) place.replaceChildren(...options);
  if (!systems.includes(view.system)) view.system = "";
  place.value = view.system;
}

function matches(table) {
  if (only) return table.dag === only;
  if (view.words.length && !view.words.includes(wordOf(table))) return false;
  if (view.system && table.system !== view.system) return false;
  const text = `${table.name} ${table.dag} ${table.owner} ${table.reason} ${table.description}`.toLowerCase();
  return view.search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Show the tables that match, in order. */
function arrange() {
  if (!data) return;
  const shown = data.tables.filter(matches).sort(comparison(view.sort, view.down));
  list.arrange(shown);
  const total = data.tables.length;
  byId("shown").textContent = shown.length === total ? `${count(total)} tables` : `${count(shown.length)} of ${count(total)} tables`;
  const empty = byId("empty");
  empty.hidden = Boolean(shown.length);
  empty.textContent = nothing(total);
  for (const header of document.querySelectorAll("#tables > thead th[data-key]")) {
    const sorted = header.dataset.key === view.sort;
    header.setAttribute("aria-sort", sorted ? (view.down ? "descending" : "ascending") : "none");
  }
  byId("sort").value = view.sort;
  remember();
}

function nothing(total) {
  if (only) return "This DAG keeps no table in step that you may see.";
  return total ? "No table matches. Press Escape in the search field to show all." : "No data source is configured, or none that you may see.";
}

function tick() {
  refreshTimes(now());
  if (!fetched) return;
  const text = `Updated ${roughly((Date.now() - fetched) / 1000)} ago`;
  const place = byId("freshness");
  if (place.textContent !== text) place.textContent = text;
}

// -- controls --------------------------------------------------------------------------------------------

function sortBy(key, down) {
  Object.assign(view, { sort: key, down });
  arrange();
}

function buildHeader() {
  const headers = COLUMNS.map((column) => {
    const className = `${column.key}${column.number ? " number" : ""}`;
    if (column.unsortable) return h("th", { scope: "col", class: className }, column.title);
    const button = h("button", { type: "button" }, column.title);
    button.addEventListener("click", () => {
      sortBy(column.key, view.sort === column.key ? !view.down : Boolean(column.down));
    });
    return h("th", { scope: "col", class: className, "data-key": column.key }, button);
  });
  document.querySelector("#tables > thead tr").append(...headers);
  const sortable = COLUMNS.filter((column) => !column.unsortable);
  byId("sort").append(...sortable.map((column) => h("option", { value: column.key }, `Sort by ${column.title.toLowerCase()}`)));
}

function listen() {
  const search = byId("search");
  search.value = view.search;
  search.addEventListener("input", () => {
    view.search = search.value.trim();
    arrange();
  });
  byId("tiles").addEventListener("click", (event) => {
    const word = event.target.closest("button")?.dataset.word;
    if (!word) return;
    view.words = view.words.includes(word) ? view.words.filter((other) => other !== word) : [...view.words, word];
    renderTiles();
    arrange();
  });
  byId("system").addEventListener("change", (event) => {
    view.system = event.target.value;
    arrange();
  });
  byId("sort").addEventListener("change", (event) => {
    const column = COLUMNS.find(({ key }) => key === event.target.value);
    sortBy(column.key, Boolean(column.down));
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      Object.assign(view, { search: "", words: [], system: "" });
      search.value = "";
      if (data) render();
    }
  });
}

if (only) Object.assign(view, { words: [], search: "", system: "" });
buildHeader();
listen();
followLinks();
await load();
setInterval(() => {
  if (!document.hidden) load();
}, EVERY);
setInterval(tick, 5000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && Date.now() - fetched > EVERY) load();
});
