// The four ways a table can fare, each with a colour and a shape of its own.

import { h, s } from "./dom.js";

const SHAPES = {
  Unhealthy: ["M5 1.5H11L14.5 5V11L11 14.5H5L1.5 11V5Z", "M5.7 5.7 10.3 10.3M10.3 5.7 5.7 10.3"],
  Degraded: ["M8 1.8 15 14H1Z", "M8 6v4M8 11.9v.1"],
  Healthy: ["M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13Z", "M5 8.2 7.2 10.4 11.2 5.9"],
  Disabled: ["M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13Z", "M5 8H11"],
};

/** The words in the order from bad to good. */
export const WORDS = Object.keys(SHAPES);

/** Return the word for a table: its status, or Disabled. */
export const wordOf = (table) => (table.cause === "disabled" ? "Disabled" : table.status);

export function icon(word) {
  const [outline, mark] = SHAPES[word];
  return s(
    "svg",
    { class: "icon", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
    s("path", { class: "fill", d: outline }),
    s("path", { class: "mark", d: mark }),
  );
}

/** Return a status with its icon. */
export function pill(word) {
  return h("span", { class: `pill ${word.toLowerCase()}` }, icon(word), word);
}
