// Loads histories of the tables in sight, many in one request, and again when a table has news.

const MOST = 50;

export class Histories {
  /** show(name, updates) is called with each history that arrives. */
  constructor(show) {
    this.show = show;
    this.kept = new Map();
    this.wanted = new Set();
    this.timer = null;
  }

  /** Return what a table's history depends on: it changes when an update starts or ends. */
  static stamp(table) {
    return [table.latest?.run, table.latest?.end, table.failed?.run, table.failed?.end, table.running?.run, table.failures].join("|");
  }

  /** Show a table's history, from memory where it is still true. */
  want(table) {
    const kept = this.kept.get(table.name);
    if (kept && kept.stamp === Histories.stamp(table)) {
      this.show(table.name, kept.updates);
      return;
    }
    this.wanted.add(table);
    this.timer ??= setTimeout(() => this.load(), 60);
  }

  get(name) {
    return this.kept.get(name)?.updates ?? null;
  }

  async load() {
    this.timer = null;
    const tables = [...this.wanted].slice(0, MOST);
    for (const table of tables) this.wanted.delete(table);
    if (this.wanted.size) this.timer = setTimeout(() => this.load(), 60);
    const query = new URLSearchParams(tables.map((table) => ["table", table.name]));
    const answer = await fetch(`api/history?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return; // the list itself tells what is wrong, and asks again
    const found = await answer.json();
    for (const table of tables) {
      const updates = found[table.name];
      if (!updates) continue;
      this.kept.set(table.name, { stamp: Histories.stamp(table), updates });
      this.show(table.name, updates);
    }
  }
}
