// The list of tables: one tbody each, so that a table's row and its details stay together.

import { byId, h } from "./dom.js";
import { COLUMNS } from "./columns.js";
import { details } from "./details.js";
import { Histories } from "./histories.js";
import { smallChart } from "./chart.js";
import { wordOf } from "./status.js";

export class TableList {
  constructor() {
    this.element = byId("tables");
    this.entries = new Map(); // by table name: { table, text, body, row, opened }
    this.histories = new Histories((name, updates) => this.showHistory(name, updates));
    this.seen = new IntersectionObserver((changes) => this.appeared(changes), { rootMargin: "300px" });
    this.element.addEventListener("click", (event) => this.clicked(event));
    this.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** Bring the rows up to the tables as they are now; rows of unchanged tables stay untouched. */
  update(tables, now) {
    const gone = new Set(this.entries.keys());
    for (const table of tables) {
      gone.delete(table.name);
      const text = JSON.stringify(table);
      const entry = this.entries.get(table.name);
      if (!entry) this.entries.set(table.name, this.create(table, text, now));
      else if (entry.text !== text) this.redraw(entry, table, text, now);
    }
    for (const name of gone) {
      this.entries.get(name).body.remove();
      this.entries.delete(name);
    }
  }

  /** Show these tables, in this order. */
  arrange(tables) {
    const bodies = tables.map((table) => this.entries.get(table.name).body);
    const present = [...this.element.tBodies];
    if (bodies.length !== present.length || bodies.some((body, index) => body !== present[index])) {
      const focused = document.activeElement;
      for (const body of present) body.remove();
      this.element.append(...bodies);
      if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
    }
    this.element.hidden = !bodies.length;
  }

  open(name) {
    const entry = this.entries.get(name);
    if (entry && !entry.opened) this.toggle(entry);
  }

  create(table, text, now) {
    const row = h("tr", {}, ...cells(table, now));
    const body = h("tbody", { class: wordOf(table).toLowerCase(), "data-name": table.name }, row);
    this.seen.observe(body);
    return { table, text, body, row, opened: null };
  }

  redraw(entry, table, text, now) {
    const focused = entry.row.contains(document.activeElement) && document.activeElement.classList.contains("open");
    const row = h("tr", {}, ...cells(table, now));
    entry.row.replaceWith(row);
    Object.assign(entry, { table, text, row });
    entry.body.className = wordOf(table).toLowerCase();
    const button = row.querySelector(".open");
    button.setAttribute("aria-expanded", String(Boolean(entry.opened)));
    if (focused) button.focus({ preventScroll: true });
    const known = this.histories.get(table.name);
    if (known) this.showHistory(table.name, known);
    // Observing again tells once more whether it is in sight.
    this.seen.unobserve(entry.body);
    this.seen.observe(entry.body);
    if (entry.opened) this.histories.want(table);
  }

  appeared(changes) {
    for (const { target, isIntersecting } of changes) {
      const entry = this.entries.get(target.dataset.name);
      if (isIntersecting && entry) this.histories.want(entry.table);
    }
  }

  showHistory(name, updates) {
    const entry = this.entries.get(name);
    if (!entry) return;
    entry.row.querySelector(".history").replaceChildren(smallChart(updates));
    if (entry.opened) entry.opened.firstChild.replaceChildren(details(entry.table, updates));
  }

  toggle(entry) {
    if (entry.opened) {
      entry.opened.remove();
      entry.opened = null;
    } else {
      const known = this.histories.get(entry.table.name);
      const inside = known ? details(entry.table, known) : h("p", { class: "none" }, "Loading…");
      entry.opened = h("tr", { class: "opened" }, h("td", { colspan: COLUMNS.length }, inside));
      entry.body.append(entry.opened);
      this.histories.want(entry.table);
    }
    entry.row.querySelector(".open").setAttribute("aria-expanded", String(Boolean(entry.opened)));
  }

  clicked(event) {
    if (event.target.closest("a, .opened")) return;
    const body = event.target.closest("tbody");
    if (body && !window.getSelection().toString()) this.toggle(this.entries.get(body.dataset.name));
  }

  /** Arrow keys lead from row to row. */
  pressed(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (!event.target.classList.contains("open") || !(event.key in steps)) return;
    const buttons = [...this.element.querySelectorAll("tbody > tr:first-child .open")];
    const next = buttons[buttons.indexOf(event.target) + steps[event.key]];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
}

function cells(table, now) {
  return COLUMNS.map((column) =>
    h("td", { class: `${column.key}${column.number ? " number" : ""}`, "data-title": column.title }, ...column.cells(table, now)),
  );
}
