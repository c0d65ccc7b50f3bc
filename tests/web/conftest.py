"""Airflow's real API server over an embedded PostgreSQL, three users, and the log to tell of."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from data_sync.loading.steps import TableSync
from data_sync.project import load_settings
from demo.airflow_stack import AirflowStack

OPTIONS = """\
check_interval: 15m
retries: 0
source_systems:
  JDE: {pool: data_sync_jde}
"""
SOURCES = """\
defaults:
  source_system: JDE
  fetcher: sample
  fetch: {rows: 2000}
  keys: [Id]
  last_update_column: LastUpdateDT
  create_table: true
  mass: {interval: 7d}
  hourly: {interval: 1h}
data_sources:
  - table_name: WorkOrder
    description: Orders of the shop floor.
  - table_name: LotUsage
  - table_name: Retired
    is_enabled: false
"""
KEPT = 3.2
"""Seconds after which the server reads again."""

USERS = {"admin": "admin", "viewer": "viewer", "stranger": ""}
"""User names with their roles; one has none, and so no permission at all."""


class Web:
    """Airflow with its API server, as three users and as nobody."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        (self.config / "data_sources").mkdir(parents=True)
        (self.config / "data_sync.yaml").write_text(OPTIONS)
        (self.config / "data_sources" / "jde.yaml").write_text(SOURCES)
        users = ",".join(f"{user}:{role}" for user, role in USERS.items())
        self.environment = environment = {
            "DATA_SYNC_OPTIONS": str(self.config / "data_sync.yaml"),
            "DATA_SYNC_SOURCES": str(self.config / "data_sources"),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": users,
        }
        self.stack = AirflowStack(folder, environment)
        self.url = self.stack.url
        self.passwords = dict.fromkeys(USERS, self.stack.password)
        self._tokens: dict[str, str] = {}

    def prepare(self) -> None:
        """Start the database and bring Airflow's metadata up to date; start nothing of Airflow."""
        stack = self.stack
        stack.postgres.start()
        for database in ("airflow", "warehouse"):
            stack.postgres.create_database(database)
        stack.home.mkdir(parents=True, exist_ok=True)
        self.write_passwords()
        stack.run("airflow", "db", "migrate")

    def write_passwords(self) -> None:
        file = self.stack.home / "passwords.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(self.passwords))

    def wait_for_api(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            try:
                if httpx.get(f"{self.url}/api/v2/monitor/health", timeout=5).is_success:
                    return
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, "the API server did not come up"
            time.sleep(0.5)

    def get(self, path: str, user: str | None = None, **options: Any) -> httpx.Response:
        """Ask for a path below the plugin's prefix, as a user or as nobody."""
        headers = {"Authorization": f"Bearer {self.token(user)}"} if user else {}
        return httpx.get(f"{self.url}/data-sync{path}", headers=headers, timeout=30, **options)

    def token(self, user: str) -> str:
        if user not in self._tokens:
            body = {"username": user, "password": self.passwords[user]}
            answer = httpx.post(f"{self.url}/auth/token", json=body, timeout=30)
            answer.raise_for_status()
            self._tokens[user] = answer.json()["access_token"]
        return self._tokens[user]

    def fresh(self, path: str, user: str | None = None, **options: Any) -> httpx.Response:
        """Ask again after what was read before no longer serves."""
        time.sleep(KEPT)
        return self.get(path, user, **options)

    def warehouse(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.stack.postgres.uri("warehouse"), autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def logged(
        self, table: str, kind: str, ago: timedelta, succeeded: bool | None = True, **more: Any
    ) -> None:
        """Write an update that took a minute into the log; None for one that is running."""
        start = datetime.now(timezone.utc) - ago
        row = {
            "TableName": table,
            "SourceSystem": "JDE",
            "UpdateType": kind,
            "StartDT": start,
            "EndDT": None if succeeded is None else start + timedelta(minutes=1),
            "WasSuccessful": succeeded,
            "NumberRecords": {True: 2000, False: -1, None: -2}[succeeded],
            "OperationId": os.urandom(8).hex(),
            "ReferenceDT": start,
            "SourceReadDT": start,
            "AdvancesWatermark": True,
            "DagId": f"sync_{table}",
            "RunId": f"scheduled__{start.isoformat()}",
            "RunType": "scheduled",
            "TryNumber": 1,
            "Error": None if succeeded is not False else "hourly.stage[2]: ValueRejected: too long",
            "FailedTask": None if succeeded is not False else "hourly.stage[2]",
        } | more
        columns = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(f"%({name})s" for name in row)
        self.warehouse(f'INSERT INTO data_sync."DataUpdate" ({columns}) VALUES ({values})', row)

    def make_targets(self) -> None:
        """Make the targets as their last full loads left them."""
        with pytest.MonkeyPatch.context() as patched:
            for name in ("DATA_SYNC_OPTIONS", "DATA_SYNC_SOURCES"):
                patched.setenv(name, self.environment[name])
            settings = load_settings()
        self.warehouse("CREATE SCHEMA IF NOT EXISTS dbo")
        for name, source in settings.sources.items():
            self.warehouse(f'CREATE TABLE dbo."{name}" AS SELECT 1 AS "Id"')
            definition = json.dumps(dict(TableSync(settings, source).definition))
            self.warehouse(
                'INSERT INTO data_sync."Baseline" ("TableSchema", "TableName", "Identity", "HeldRows", '
                '"Definition", "IsComplete", "LastReading", "Reading", "FullReading", "ChangedDT") VALUES '
                "('dbo', %s, %s::regclass::oid::text, true, %s, true, 1, 1, 1, now())",
                [name, f'dbo."{name}"', definition],
            )

    @contextmanager
    def held(self, statement: str) -> Iterator[None]:
        """Hold the locks of a statement in the warehouse for the length of the block."""
        with psycopg.connect(self.stack.postgres.uri("warehouse")) as connection:
            connection.execute(statement)
            yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Airflow's API server alone, with the DAGs in its metadata."""
    web = Web(tmp_path_factory.mktemp("web"))
    try:
        web.prepare()
        web.stack.run("airflow", "dags", "reserialize")
        web.stack.start_component("api-server")
        web.wait_for_api()
        web.get("/health")  # creates the log
        web.make_targets()
        yield web
    finally:
        web.stack.stop()
        web.stack.postgres.stop()


@pytest.fixture
def web(server: Web) -> Web:
    """The same with an empty log."""
    server.warehouse('TRUNCATE data_sync."DataUpdate"')
    return server


@pytest.fixture(scope="session")
def whole_airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """All of Airflow, with its scheduler."""
    web = Web(tmp_path_factory.mktemp("whole"))
    try:
        web.stack.start()
        web.write_passwords()
        yield web
    finally:
        web.stack.stop()
        web.stack.postgres.stop()
