// The history of a table's updates as bars: small ones in the list, large ones in its details.

import { s } from "./dom.js";
import { count, moment, span } from "./format.js";
import { isAirflows, runPath } from "./links.js";

const SMALL = { width: 132, height: 28, slots: 30 };
const LARGE = { width: 600, height: 110, left: 56, slots: 30 };

// Full loads take many times as long as hourly ones; a square root keeps both in sight.
const scaled = (value, largest) => (largest > 0 ? Math.sqrt(Math.max(0, value) / largest) : 0);

function kind(update) {
  if (update.ok === null) return "running";
  return update.ok ? update.type.toLowerCase() : "failed";
}

const known = (values) => values.filter((value) => value !== null && value !== undefined);
const largestOf = (values) => Math.max(0, ...known(values));

/** Return what a screen reader tells of a history. */
function summary(updates) {
  if (!updates.length) return "No updates yet";
  const failed = updates.filter((update) => update.ok === false).length;
  const seconds = known(updates.map((update) => update.seconds));
  const took = seconds.length ? `, each ${span(Math.min(...seconds))} to ${span(Math.max(...seconds))}` : "";
  return `Last ${updates.length} updates: ${failed} failed${took}`;
}

function about(update) {
  const outcome = update.ok === null ? "running" : update.ok ? `${count(update.records)} rows` : "failed";
  const took = update.seconds === null ? "" : `, ${span(update.seconds)}`;
  return `${update.type}, ${moment(update.start)}: ${outcome}${took}`;
}

/** Return bars of durations with a line of rows over them, newest to the right. */
export function smallChart(updates) {
  const { width, height, slots } = SMALL;
  const step = width / slots;
  const longest = largestOf(updates.map((update) => update.seconds));
  const most = largestOf(updates.map((update) => update.records));
  const label = summary(updates);
  const svg = s("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, width, height, preserveAspectRatio: "xMinYMax", role: "img", "aria-label": label });
  svg.append(s("title", {}, label));
  const line = [];
  updates.slice(0, slots).forEach((update, age) => {
    const x = width - (age + 1) * step;
    const tall = Math.max(2, scaled(update.seconds ?? longest, longest) * (height - 2));
    svg.append(s("rect", { class: `bar ${kind(update)}`, x: x + 0.6, y: height - tall, width: step - 1.2, height: tall, rx: 0.8 }));
    if (update.ok) line.push(`${(x + step / 2).toFixed(1)},${(height - 1 - scaled(update.records, most) * (height - 4)).toFixed(1)}`);
  });
  if (line.length > 1 && most > 0) svg.append(s("polyline", { class: "rows", points: line.join(" ") }));
  return svg;
}

/** Return a large chart of one figure per update; a bar leads to its run. */
export function largeChart(updates, title, value, show) {
  const { width, height, left, slots } = LARGE;
  const largest = largestOf(updates.map(value));
  const step = (width - left) / slots;
  const svg = s("svg", { class: "chart", viewBox: `0 -14 ${width} ${height + 16}`, role: "group", "aria-label": `${title} of the last updates` });
  for (const share of [1, 0.25, 0]) {
    const y = height - Math.sqrt(share) * height;
    svg.append(s("line", { class: "grid", x1: left, x2: width, y1: y, y2: y }));
    if (largest > 0) svg.append(s("text", { class: "tick", x: left - 6, y: y + 4, "text-anchor": "end" }, show(largest * share)));
  }
  updates.slice(0, slots).forEach((update, age) => {
    const figure = value(update);
    const tall = Math.max(2, scaled(figure ?? 0, largest) * height);
    const x = width - (age + 1) * step;
    const bar = s("rect", { class: `bar ${kind(update)}`, x: x + step * 0.14, y: height - tall, width: step * 0.72, height: tall, rx: 1.5 });
    const target = s("rect", { class: "target", x, y: 0, width: step, height });
    const group = isAirflows(update)
      ? s("a", { href: runPath(update), "data-airflow": true, "aria-label": about(update) }, target, bar)
      : s("g", {}, target, bar);
    group.append(s("title", {}, about(update)));
    svg.append(group);
  });
  return svg;
}
