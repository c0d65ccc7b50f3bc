"""A whole Airflow with a real scheduler, and the means to interrupt it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import psycopg
import pytest

from demo.airflow_stack import ROOT, AirflowStack
from demo.sources import run_script

CONFIG = Path(__file__).parent / "config"
ROWS = 3000


class Scheduler:
    """The running Airflow, its warehouse and its source."""

    def __init__(self, stack: AirflowStack) -> None:
        self.stack = stack
        self.api = stack.api

    def warehouse(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.stack.postgres.uri("warehouse"), autocommit=True) as connection:
            cursor = connection.execute(query, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def source(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.stack.postgres.uri("cms"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def rows_of(self, table: str) -> list[tuple[Any, ...]]:
        columns = '"MisNumber", "Revision", "CharacteristicNumber", "Gauge", "LowerLimit", "LastUpdateDT"'
        return self.warehouse(f'SELECT {columns} FROM dbo."{table}" ORDER BY 3')

    def rows_of_source(self) -> list[tuple[Any, ...]]:
        return self.source(
            "SELECT mis_number, revision, char_number, gauge, lower_limit, last_updated AT TIME ZONE 'UTC' "
            "FROM misdata ORDER BY 3"
        )

    def log(self, table: str, run_id: str) -> list[SimpleNamespace]:
        found = self.warehouse(
            'SELECT to_jsonb(u) FROM data_sync."DataUpdate" u '
            'WHERE "TableName" = %s AND "RunId" = %s ORDER BY "Id"',
            table,
            run_id,
        )
        return [SimpleNamespace(**row[0]) for row in found]

    def watermarks(self, table: str) -> list[tuple[Any, ...]]:
        return self.warehouse(
            'SELECT * FROM data_sync."LastDataUpdates" WHERE "TableName" = %s ORDER BY 3', table
        )

    def staging_tables(self) -> list[tuple[Any, ...]]:
        return self.warehouse("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'")

    def alerts(self) -> list[dict[str, str]]:
        file = self.stack.state / "alerts"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def indexes(self, table: str) -> list[str]:
        found = self.warehouse("SELECT indexname FROM pg_indexes WHERE tablename = %s ORDER BY 1", table)
        return [row[0] for row in found]

    def change_source(self, gauge: str) -> None:
        """Change some rows now, and add one."""
        self.source(
            f"UPDATE misdata SET gauge = '{gauge}', last_updated = now() AT TIME ZONE 'UTC' "
            "WHERE char_number % 5 = 0"
        )
        self.source(
            "INSERT INTO misdata (mis_number, revision, char_number, gauge, last_updated) "
            f"SELECT 'ADDED', 'A', 1 + max(char_number), '{gauge}', now() AT TIME ZONE 'UTC' FROM misdata"
        )

    @contextmanager
    def held(self, database: str, statement: str) -> Iterator[None]:
        """Hold the locks of a statement for the length of the block."""
        with psycopg.connect(self.stack.postgres.uri(database)) as connection:
            connection.execute(statement)
            yield

    def wait_for_blocked_task(self, dag_id: str, run_id: str, task_id: str, marker: str) -> int:
        """Wait until a task runs and its database session waits for our lock; return its process id."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            states = self.api.states(dag_id, run_id)
            running = [
                name for name, state in states.items() if state == "running" and name.startswith(task_id)
            ]
            if running and (pid := self._blocked_process(marker)):
                return pid
            failed = [name for name, state in states.items() if state in ("failed", "upstream_failed")]
            assert not failed, f"{failed} before {task_id} was reached"
            time.sleep(0.3)
        raise TimeoutError(f"{task_id} of {run_id} never waited: {self.api.states(dag_id, run_id)}")

    def _blocked_process(self, marker: str) -> int | None:
        """Return the process on this machine whose session waits on a lock or sleeps in a statement."""
        with psycopg.connect(self.stack.postgres.uri("postgres")) as connection:
            ports = {
                row[0]
                for row in connection.execute(
                    "SELECT client_port FROM pg_stat_activity WHERE state = 'active' AND query ILIKE %s "
                    "AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep') AND pid <> pg_backend_pid()",
                    (f"%{marker}%",),
                )
            }
        for found in psutil.net_connections(kind="tcp4"):
            if found.laddr and found.laddr.port in ports and found.pid:
                return int(found.pid)
        return None

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    def wait_until(self, what: str, check: Any, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        while not check():
            assert time.monotonic() < deadline, what
            time.sleep(0.3)


@pytest.fixture(scope="session")
def scheduler(tmp_path_factory: pytest.TempPathFactory, otlp_session: Any) -> Iterator[Scheduler]:
    state = tmp_path_factory.mktemp("stack")
    environment = {
        "DATA_SYNC_OPTIONS": str(CONFIG / "data_sync.yaml"),
        "DATA_SYNC_SOURCES": str(CONFIG / "data_sources"),
        "ALERTS_FILE": str(state / "alerts"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), str(ROOT / "include"), str(CONFIG)]),
        "AIRFLOW__TRACES__OTEL_ON": "True",
        **otlp_session.environment,
    }
    stack = AirflowStack(state, environment)
    stack.environment()  # made before the processes start, so that a mistake shows here
    try:
        stack.start()
        run_script(stack.postgres, "cms", "cms.sql", {})
        run_script(stack.postgres, "cms", "cms_rows.sql", {"rows": ROWS, "now": "2026-01-01 00:00:00"})
        running = Scheduler(stack)
        running.warehouse("CREATE SCHEMA audit")
        running.warehouse('CREATE TABLE audit.loads ("TableName" text PRIMARY KEY, "OperationId" text)')
        wanted = {"sync_Swapped", "sync_Truncated"}
        running.wait_until(
            "the DAGs appear",
            lambda: wanted <= {dag["dag_id"] for dag in running.api.dags()} or explain(running),
        )
        yield running
    finally:
        stack.stop()
        stack.postgres.stop()


def explain(running: Scheduler) -> bool:
    errors = running.api.import_errors()
    assert not errors, json.dumps(errors, indent=1)
    return False


@pytest.fixture(scope="session")
def synced(scheduler: Scheduler) -> Scheduler:
    """Both tables have had the first Mass that the scheduler starts by itself."""
    for table in ("Swapped", "Truncated"):
        scheduler.api.unpause(f"sync_{table}")
    for table in ("Swapped", "Truncated"):
        dag_id = f"sync_{table}"
        scheduler.wait_until(f"{dag_id} is scheduled", lambda dag_id=dag_id: scheduler.api.runs(dag_id))
        run = scheduler.api.runs(dag_id)[0]
        assert run["run_type"] == "scheduled"
        assert scheduler.api.wait(dag_id, run["dag_run_id"]) == "success"
        assert scheduler.rows_of(table) == scheduler.rows_of_source()
    return scheduler
