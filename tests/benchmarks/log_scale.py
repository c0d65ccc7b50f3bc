"""How long the commands, and what is behind them, take over a large log.

``python -m tests.benchmarks.log_scale`` fills the log of an embedded PostgreSQL with 1,000,000 rows of 1,000
tables and prints a line per question; it fails when one takes longer than ``--limit`` seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]

OPTIONS = """
spool: {folder}/spool
purge_retention_days: 365
source_systems:
  ERP: {{pool: erp}}
"""

SOURCE = """\
  - table_name: Table{number:04d}
    source_system: ERP
    fetcher: sample
    keys: [Id]
    mass: {{interval: 7d}}
    daily: {{interval: 1d}}
    hourly: {{interval: 1h}}
"""

# A year of each table's history: every 200th update a Mass, every 24th a Daily, one in fifty failed, and one
# in a thousand tables running now.
FILL = """
INSERT INTO data_sync."DataUpdate" ("TableName", "SourceSystem", "UpdateType", "StartDT", "EndDT",
  "WasSuccessful", "NumberRecords", "OperationId", "ReferenceDT", "SourceReadDT", "AdvancesWatermark",
  "DagId", "RunId", "RunType", "TryNumber", "RowsFetched", "Reason", "Error")
SELECT 'Table' || lpad((n %% %(tables)s)::text, 4, '0'), 'ERP',
  CASE WHEN turn %% 200 = 0 THEN 'Mass' WHEN turn %% 24 = 0 THEN 'Daily' ELSE 'Hourly' END,
  started, CASE WHEN NOT running THEN started + interval '40 seconds' END,
  CASE WHEN NOT running THEN NOT failed END, CASE WHEN running THEN -2 WHEN failed THEN -1 ELSE 1000 END,
  md5(n::text), started, CASE WHEN NOT running THEN started + interval '2 seconds' END, true,
  'sync_Table', 'scheduled__' || n, 'scheduled', 1, 1000, repeat('why ', 30),
  CASE WHEN failed THEN repeat('what happened ', 20) END
FROM (
  SELECT n, n / %(tables)s AS turn, n %% 50 = 0 AND NOT n >= %(rows)s - %(tables)s AS failed,
    n >= %(rows)s - %(tables)s AND n %% 1000 = 7 AS running,
    now() - interval '365 days' * (1 - n::float / %(rows)s) AS started
  FROM generate_series(0, %(rows)s - 1) AS n
) AS numbered
"""


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.log_scale", description=__doc__)
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--limit", type=float, default=1.0, help="seconds that a question may take")
    chosen = parser.parse_args()
    sys.path[:0] = [str(ROOT / "plugins"), str(ROOT / "include")]
    with tempfile.TemporaryDirectory(prefix="data_sync_log_", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        configure(folder, chosen.tables)
        from demo.embedded_postgres import EmbeddedPostgres

        server = EmbeddedPostgres(folder / "postgres").start()
        try:
            os.environ["AIRFLOW_CONN_WAREHOUSE"] = server.uri().replace("postgresql://", "postgres://", 1)
            fill(server.uri(), chosen.tables, chosen.rows)
            return ask(chosen.limit)
        finally:
            server.stop()


def configure(folder: Path, tables: int) -> None:
    """Write the configuration of so many tables, and point this process at it."""
    (folder / "sources").mkdir()
    (folder / "options.yaml").write_text(OPTIONS.format(folder=folder), encoding="utf-8")
    text = "".join(SOURCE.format(number=number) for number in range(tables))
    (folder / "sources" / "all.yaml").write_text(f"data_sources:\n{text}", encoding="utf-8")
    os.environ["DATA_SYNC_OPTIONS"] = str(folder / "options.yaml")
    os.environ["DATA_SYNC_SOURCES"] = str(folder / "sources")
    os.environ["AIRFLOW_HOME"] = str(folder / "airflow")


def fill(uri: str, tables: int, rows: int) -> None:
    """Install the log and fill it."""
    from data_sync.cli.warehouse import open_hook
    from data_sync.project import load_settings

    began = time.perf_counter()
    open_hook(load_settings().options)
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(FILL, {"tables": tables, "rows": rows})
        connection.execute('VACUUM ANALYZE data_sync."DataUpdate"')
    print(f"{rows:,} log rows of {tables:,} tables filled in {time.perf_counter() - began:.0f} s")


def ask(limit: float) -> int:
    """Ask every question, print how long each takes, and return 1 when one takes too long."""
    from data_sync.cli import main as command
    from data_sync.cli.warehouse import open_hook
    from data_sync.project import load_settings

    hook = open_hook(load_settings().options)
    at = datetime.now(timezone.utc)
    questions: dict[str, Callable[[], object]] = {
        "load the settings": load_settings,
        "last updates of all tables": hook.get_all_last_data_updates,
        "last updates of one, as the branch asks": lambda: hook.get_last_data_updates(
            "Table0007", ("sync_Table0007", "none")
        ),
        "open updates of all tables": hook.open_updates,
        "plan of all tables": lambda: command(["plan", "--json"]),
        "plan of one table": lambda: command(["plan", "Table0007", "--json"]),
        "plan as a table": lambda: command(["plan"]),
        "status of all tables": lambda: command(["status", "--json"]),
    }
    slow = 0
    print(f"  {'':<42} {'by the clock':>11} {'own CPU':>11}")
    for name, question in questions.items():
        seconds, own = min(timed(question) for _ in range(3))
        slow += seconds > limit
        verdict = "  TOO SLOW" if seconds > limit else ""
        print(f"  {name:<42} {seconds * 1000:>8,.0f} ms {own * 1000:>8,.0f} ms{verdict}", flush=True)
    began = time.perf_counter()
    deleted = hook.purge(at - timedelta(days=300))
    print(f"  purge of {deleted:,} rows in batches {(time.perf_counter() - began):>18.1f} s")
    return 1 if slow else 0


def timed(question: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that a question takes, by the clock and of this process alone; drop its output."""
    with contextlib.redirect_stdout(io.StringIO()):
        began, own = time.perf_counter(), time.process_time()
        question()
        return time.perf_counter() - began, time.process_time() - own


if __name__ == "__main__":
    sys.exit(main())
