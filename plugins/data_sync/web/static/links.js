// Links into Airflow's UI. This page runs in a sandboxed frame, which may not navigate its parent or open
// windows by itself; so links are followed by Airflow's own document, without loading it anew.

import { h } from "./dom.js";

const part = encodeURIComponent;

export const dagPath = (dag) => `../dags/${part(dag)}`;
export const runPath = (update) => `${dagPath(update.dag)}/runs/${part(update.run)}`;

export function logPath(update) {
  const mapped = update.index === null || update.index === undefined ? "" : `/mapped/${update.index}`;
  return `${runPath(update)}/tasks/${part(update.task)}${mapped}`;
}

/** Return a link into Airflow. */
export function link(path, text, attributes = {}) {
  return h("a", { href: path, "data-airflow": true, ...attributes }, text);
}

/** Whether an update was run by Airflow, and not from a terminal. */
export const isAirflows = (update) => Boolean(update?.dag && update.dag !== "terminal");

/** Make the links of the page work, in Airflow's frame too. */
export function followLinks() {
  if (window.parent === window) return;
  for (const kind of ["click", "auxclick"]) {
    document.addEventListener(kind, (event) => {
      const anchor = event.target.closest("a[data-airflow]");
      if (!anchor || event.defaultPrevented || event.button > 1) return;
      const apart = event.ctrlKey || event.metaKey || event.shiftKey || event.button === 1;
      try {
        if (apart) openApart(anchor.href);
        else goTo(anchor.href);
        event.preventDefault();
      } catch {
        // framed by another site's page: the browser decides
      }
    });
  }
}

function goTo(address) {
  const host = window.parent;
  host.history.pushState(null, "", address);
  host.dispatchEvent(new host.PopStateEvent("popstate", { state: null }));
}

function openApart(address) {
  const anchor = window.parent.document.createElement("a");
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener";
  anchor.click();
}
