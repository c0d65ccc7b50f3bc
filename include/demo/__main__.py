"""The demo: syncs a sample JDE and CMS into a warehouse through a real Airflow, and proves the copy right."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from demo import activity, sources, sql_server
from demo.airflow_api import AirflowApi
from demo.airflow_stack import ADMIN, ROOT, AirflowStack

_SYNC_TIMEOUT = 1800
_LOG_COLUMNS = (
    "TableName", "UpdateType", "RunType", "NumberRecords", "RowsInserted", "RowsUpdated", "RowsUnchanged",
    "RowsDeleted", "StartDT", "EndDT", "WasSuccessful",
)  # fmt: skip


def main() -> int:
    """Run the demo and return its exit status: 0 when every sync succeeded and every copy is exact."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--state", type=Path, default=ROOT / ".state" / "demo", help="folder that keeps everything"
    )
    parser.add_argument("--rows", type=int, default=sources.DEFAULT_ROWS, help="rows of all sources together")
    parser.add_argument(
        "--once", action="store_true", help="exit when done instead of leaving Airflow running"
    )
    parser.add_argument("--start", action="store_true", help="start Airflow and leave what it does to you")
    arguments = parser.parse_args()
    # A terminated demo stops Airflow like one that is interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack = AirflowStack(arguments.state, sql_server.environment(arguments.state))
    try:
        stack.start(say)
        if arguments.start:
            held = True
            if not sources.exist(stack.postgres):
                create_sources(stack, arguments.rows)
        else:
            held = play(stack, arguments.rows)
        say(f"Airflow: {stack.url}  user {ADMIN}  password {stack.password}")
        if not arguments.once:
            say("Airflow goes on running; press Ctrl-C to stop it")
            signal.pause()
    except KeyboardInterrupt:
        held = True
    finally:
        say("stopping")
        stack.stop()
        stack.postgres.stop()
    return 0 if held else 1


def create_sources(stack: AirflowStack, rows: int) -> None:
    """Create the sample JDE and CMS anew."""
    say(f"creating the sample JDE and CMS with {rows:,} rows")
    sources.create(stack.postgres, rows)


def play(stack: AirflowStack, rows: int) -> bool:
    """Sync everything, work in the ERP, sync again; return whether all of it held."""
    os.environ.update(stack.environment())
    from data_sync.project import load_settings

    settings = load_settings()
    schema = settings.options.warehouse.target_schema
    external = os.environ.get(sql_server.ENDPOINT)
    kind = f"the SQL Server of {sql_server.ENDPOINT}" if external else "the embedded PostgreSQL"
    say(f"the warehouse is {kind}, schema {schema}")
    names = [source.table_name for source in settings.sources.values() if source.is_enabled]
    create_sources(stack, rows)
    api = stack.api
    wait_for_dags(api, names)
    began = time.time()
    for name in names:
        api.unpause(f"sync_{name}")
    say(f"unpaused {len(names)} DAGs; waiting for the scheduler's first (Mass) sync of each")
    good = wait_for_all(api, {name: first_run(api, f"sync_{name}", began) for name in names})
    say("playing activity in the ERP")
    activity.play(stack.postgres, 1)
    say("triggering each DAG: nothing is due, so each runs its finest update, Hourly or Daily")
    good &= wait_for_all(api, {name: api.trigger(f"sync_{name}") for name in names})
    print_log(settings)
    return compare_all(stack, settings) and good


def wait_for_dags(api: AirflowApi, names: list[str]) -> None:
    """Wait until the DAG processor has found the DAGs."""
    wanted = {f"sync_{name}" for name in names}
    deadline = time.monotonic() + 120
    while not wanted <= {dag["dag_id"] for dag in api.dags()}:
        errors = "\n".join(error["stack_trace"] for error in api.import_errors())
        if errors or time.monotonic() > deadline:
            raise RuntimeError(f"not all of {sorted(wanted)} appeared. Airflow could not import:\n{errors}")
        time.sleep(1)


def first_run(api: AirflowApi, dag_id: str, began: float) -> str:
    """Return the id of the run that the scheduler starts for a DAG just unpaused."""
    deadline = time.monotonic() + 120
    while True:
        runs = [run for run in api.runs(dag_id) if run["run_type"] == "scheduled"]
        if runs:
            return str(runs[-1]["dag_run_id"])
        if time.monotonic() > deadline:
            raise RuntimeError(f"the scheduler started no run of {dag_id} since {time.ctime(began)}")
        time.sleep(0.5)


def wait_for_all(api: AirflowApi, runs: dict[str, str]) -> bool:
    """Wait for runs, telling of each that ends; return whether all succeeded."""
    waiting, good = dict(runs), True
    deadline = time.monotonic() + _SYNC_TIMEOUT
    told = 0.0
    while waiting and time.monotonic() < deadline:
        for name, run_id in list(waiting.items()):
            state = api.run(f"sync_{name}", run_id)["state"]
            if state in ("success", "failed"):
                say(f"  sync_{name}: {state}")
                good &= state == "success"
                del waiting[name]
        if waiting and time.monotonic() - told > 10:
            told = time.monotonic()
            say(f"  {len(runs) - len(waiting)} of {len(runs)} done; {progress(api, waiting)}")
        time.sleep(0.5)
    return good and not waiting


def progress(api: AirflowApi, waiting: dict[str, str]) -> str:
    """Return which step each of the tables is at."""
    steps: dict[str, list[str]] = {}
    for name, run_id in waiting.items():
        states = api.states(f"sync_{name}", run_id)
        busy = [task for task, state in states.items() if state in ("running", "queued", "scheduled")]
        # hourly.stage[0] is the step stage.
        step = busy[0].rpartition(".")[2].partition("[")[0] if busy else "between tasks"
        steps.setdefault(step, []).append(name)
    return "; ".join(f"{step}: {', '.join(names)}" for step, names in steps.items())


def print_log(settings: Any) -> None:
    """Print the DataUpdate log as a table."""
    from data_sync.warehouse import open_warehouse

    options = settings.options
    warehouse = open_warehouse(options.warehouse, options.bulk_copy_batch_size)
    columns = ", ".join(f'"{name}"' for name in _LOG_COLUMNS)
    query = f'SELECT {columns} FROM "{options.warehouse.log_schema}"."DataUpdate" ORDER BY "Id"'  # noqa: S608
    with warehouse.transaction() as session:
        rows = session.rows(query)
    form = "{:<20}{:<8}{:<11}{:>10}{:>10}{:>10}{:>11}{:>9}{:>9}  {}"
    print()
    print(
        form.format(
            "source", "type", "run", "records", "inserted", "updated", "unchanged", "deleted", "seconds", "ok"
        )
    )
    for row in rows:
        seconds = (row["EndDT"] - row["StartDT"]).total_seconds() if row["EndDT"] else 0
        figures = [f"{row[name] or 0:,}" for name in _LOG_COLUMNS[3:8]]
        verdict = "yes" if row["WasSuccessful"] else "NO"
        print(
            form.format(
                row["TableName"], row["UpdateType"], row["RunType"], *figures, f"{seconds:.1f}", verdict
            )
        )
    print(flush=True)


def compare_all(stack: AirflowStack, settings: Any) -> bool:
    """Compare each target with its source; return whether all are equal."""
    from demo.compare import compare

    equal = True
    for source in settings.sources.values():
        if source.is_enabled:
            found = compare(stack.postgres, settings, source)
            equal &= found.equal
            print(found, flush=True)
    return equal


def say(text: str) -> None:
    """Print a line with the time of day."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
