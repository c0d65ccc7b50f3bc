// Follows Airflow's light or dark theme, which it keeps as a class on its own <html> and in localStorage;
// outside Airflow's frame, the system's. Also notes whether the page shows one DAG's table alone.
// Not a module, so that it runs before anything is painted.
(() => {
  "use strict";
  const own = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function airflowRoot() {
    try {
      return window.parent === window ? null : window.parent.document.documentElement;
    } catch {
      return null; // framed by another site's page
    }
  }

  function chosen() {
    const classes = airflowRoot()?.classList;
    if (classes?.contains("dark")) return "dark";
    if (classes?.contains("light")) return "light";
    try {
      const kept = window.localStorage.getItem("theme");
      if (kept === "dark" || kept === "light") return kept;
    } catch {
      // no storage: the system decides
    }
    return system.matches ? "dark" : "light";
  }

  function apply() {
    own.dataset.theme = chosen();
  }

  apply();
  own.dataset.single = String(new URLSearchParams(window.location.search).has("dag"));
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  const root = airflowRoot();
  if (root) new MutationObserver(apply).observe(root, { attributes: true, attributeFilter: ["class"] });
})();
