// What opens below a table: who owns it, its schedules, charts and latest updates.

import { h } from "./dom.js";
import { count, exact, moment, span } from "./format.js";
import { dagPath, isAirflows, link, logPath, runPath } from "./links.js";
import { largeChart } from "./chart.js";

const LEGEND = ["mass", "daily", "hourly", "failed", "running"];

/** Return a table's details. */
export function details(table, updates) {
  return h(
    "div",
    { class: "details" },
    facts(table),
    updates.length ? charts(updates) : h("p", { class: "none" }, "No updates yet."),
    updates.length ? list(table, updates) : null,
  );
}

function facts(table) {
  const schedules = Object.entries(table.every).map(([kind, every]) => `${kind} every ${every}`);
  const entries = [
    ["State", table.reason],
    ["About", table.description || null],
    ["Source", table.system],
    ["Owner", table.owner],
    ["Schedule", schedules.join(", ") || "none enabled"],
    ["DAG", table.cause === "disabled" ? null : link(dagPath(table.dag), table.dag)],
  ];
  const shown = entries.filter(([, value]) => value);
  return h("dl", { class: "facts" }, ...shown.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function charts(updates) {
  const legend = LEGEND.map((kind) => h("span", {}, h("i", { class: `swatch ${kind}` }), kind[0].toUpperCase() + kind.slice(1)));
  return h(
    "div",
    { class: "charts" },
    h("figure", {}, h("figcaption", {}, "Duration"), largeChart(updates, "Duration", (update) => update.seconds, span)),
    h("figure", {}, h("figcaption", {}, "Rows read"), largeChart(updates, "Rows", (update) => update.records, count)),
    h("p", { class: "legend" }, ...legend, h("span", { class: "note" }, "heights by square root")),
  );
}

function list(table, updates) {
  const head = ["Update", "Started", "Took", "Rows", "Inserted", "Updated", "Unchanged", "Deleted", "Open"];
  const numbers = new Set(["Took", "Rows", "Inserted", "Updated", "Unchanged", "Deleted"]);
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Latest updates" },
    h(
      "table",
      { class: "updates" },
      h("thead", {}, h("tr", {}, ...head.map((title) => h("th", { scope: "col", class: numbers.has(title) ? "number" : null }, title)))),
      h("tbody", {}, ...updates.flatMap((update) => rows(table, update, head.length))),
    ),
  );
}

function outcomeOf(table, update) {
  if (table.interrupted && update.id === table.interrupted) return "interrupted";
  if (update.ok === null) return "running";
  return update.ok ? "" : "failed";
}

function rows(table, update, width) {
  const outcome = outcomeOf(table, update);
  const look = outcome === "interrupted" ? "failed" : outcome || update.type.toLowerCase();
  const number = (text) => h("td", { class: "number" }, text);
  const figures = ["inserted", "updated", "unchanged", "deleted"].map((name) => number(exact(update.counts[name])));
  const kind = update.kind === "scheduled" ? null : h("span", { class: "kind" }, update.kind);
  const open = isAirflows(update) ? [link(runPath(update), "Run"), link(logPath(update), "Log")] : ["–"];
  const row = h(
    "tr",
    { class: look },
    h("td", {}, h("i", { class: `swatch ${look}` }), `${update.type} ${outcome}`, kind),
    h("td", {}, moment(update.start)),
    number(span(update.seconds)),
    number(exact(update.records)),
    ...figures,
    h("td", { class: "links" }, ...open),
  );
  if (!update.error) return [row];
  return [row, h("tr", { class: "error" }, h("td", { colspan: width }, h("pre", {}, update.error)))];
}
