// The columns of the list: what each shows of a table, and how it sorts.

import { h } from "./dom.js";
import { count, distance, exact, moment, roughly, span } from "./format.js";
import { isAirflows, link, logPath, runPath } from "./links.js";
import { pill, WORDS, wordOf } from "./status.js";

const NEVER = -1;
const instant = (iso) => (iso ? Date.parse(iso) : null);
const byName = (a, b) => a.name.localeCompare(b.name, "en", { numeric: true });

/** Return an element whose text tells how far an instant is, kept up to date by refreshTimes. */
function timeOf(iso, now, attributes = {}) {
  const at = instant(iso);
  return h("time", { datetime: iso, "data-at": at, ...attributes }, distance(at, now));
}

/** Bring all the times of the page up to an instant. */
export function refreshTimes(now) {
  for (const element of document.querySelectorAll("time[data-at]")) {
    const text = distance(Number(element.dataset.at), now);
    if (element.textContent !== text) element.textContent = text;
  }
}

function nameCell(table) {
  const open = h("button", { class: "open", type: "button", "aria-expanded": "false" }, h("span", { class: "chevron", "aria-hidden": "true" }), table.name);
  const about = h("span", { class: "system" }, table.system, table.paused ? h("span", { class: "paused" }, "paused") : null);
  const calm = table.cause === "on_time" && !table.running;
  return [h("div", { class: "name" }, open, about), calm ? null : h("div", { class: "reason", title: table.reason }, table.reason)];
}

function lastCell(kind) {
  return (table, now) => {
    const every = table.every[kind];
    const update = table.last[kind];
    if (!update) return [h("span", { class: "none" }, every ? "never" : "off")];
    const title = `${kind} of ${moment(update.end)}, ${exact(update.records)} rows in ${span(update.seconds)}${every ? `; every ${every}` : "; no longer scheduled"}`;
    return [timeOf(update.end, now, { title })];
  };
}

function nextCell(table, now) {
  if (table.running) {
    return [h("span", { class: "now", title: `since ${moment(table.running.start)}` }, `${table.running.type} running`)];
  }
  if (!table.next) return [h("span", { class: "none" }, "–")];
  const title = `${table.next.type} is due at ${moment(table.next.at)}`;
  if (table.overdue > 0) return [h("span", { class: "late", title }, `${table.next.type} ${roughly(table.overdue)} late`)];
  if (instant(table.next.at) <= now) return [h("span", { title }, `${table.next.type} due`)];
  return [`${table.next.type} `, timeOf(table.next.at, now, { title })];
}

function failuresCell(table) {
  if (!table.failures) return [h("span", { class: "none" }, "0")];
  const text = String(table.failures);
  if (!isAirflows(table.failed)) return [h("span", { class: "late" }, text)];
  return [link(logPath(table.failed), text, { class: "late", title: "Open the log of the last failure" })];
}

/** Return the update that a person wants to see first: the running one, the failed one, the last one. */
export const foremost = (table) => table.running ?? (table.failures ? table.failed : null) ?? table.latest;

function openCell(table) {
  const update = foremost(table);
  if (!isAirflows(update)) return [h("span", { class: "none" }, "–")];
  const which = table.running ? "running" : table.failures ? "failed" : "last";
  return [
    link(runPath(update), "Run", { "aria-label": `Open the ${which} run of ${table.name}` }),
    link(logPath(update), "Log", { "aria-label": `Open the log of the ${which} run of ${table.name}` }),
  ];
}

const rank = (table) => WORDS.indexOf(wordOf(table));
const latest = (name) => (table) => table.latest?.[name] ?? NEVER;
const lastAt = (kind) => (table) => instant(table.last[kind]?.end) ?? NEVER;

/** key, title, cells of a table, what to sort by (ascending), and whether the first click sorts descending. */
export const COLUMNS = [
  { key: "status", title: "Status", cells: (table) => [pill(wordOf(table))], by: (table) => rank(table) * 1e9 - Math.min(table.overdue, 9e8) },
  { key: "name", title: "Table", cells: nameCell, by: null },
  { key: "mass", title: "Mass", cells: lastCell("Mass"), by: lastAt("Mass"), down: true },
  { key: "daily", title: "Daily", cells: lastCell("Daily"), by: lastAt("Daily"), down: true },
  { key: "hourly", title: "Hourly", cells: lastCell("Hourly"), by: lastAt("Hourly"), down: true },
  { key: "next", title: "Next due", cells: nextCell, by: (table) => instant(table.next?.at) ?? Infinity },
  { key: "records", title: "Rows", number: true, cells: (table) => [count(table.latest?.records)], by: latest("records"), down: true },
  { key: "seconds", title: "Took", number: true, cells: (table) => [span(table.latest?.seconds)], by: latest("seconds"), down: true },
  { key: "failures", title: "Failures", number: true, cells: failuresCell, by: (table) => table.failures, down: true },
  { key: "history", title: "Duration and rows", cells: () => [], by: null, unsortable: true },
  { key: "links", title: "Open", cells: openCell, by: null, unsortable: true },
];

/** Return a comparison of tables by a column; equal ones go by name. */
export function comparison(key, down) {
  const { by } = COLUMNS.find((column) => column.key === key);
  const sign = down ? -1 : 1;
  return (a, b) => {
    if (!by) return sign * byName(a, b);
    const left = by(a);
    const right = by(b);
    return left === right ? byName(a, b) : sign * (left < right ? -1 : 1);
  };
}
