"""A small site: a warehouse in the embedded PostgreSQL, and tables that the sample fetcher fills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))

PLUGINS = Path(__file__).parents[2] / "plugins"

OPTIONS = """
batch_size: 1000
spool: {folder}/spool
warehouse:
  connection: {name}
  target_schema: {name}
  staging_schema: {name}_staging
  log_schema: {name}_log
  lock_timeout: 20s
  statement_timeout: 60s
source_systems:
  ERP: {{pool: erp}}
"""

SOURCES = """
defaults:
  source_system: ERP
  fetcher: sample
  fetch: {rows: 2500, changes_per_hour: 0}
  keys: [Id]
  last_update_column: LastUpdateDT
  create_table: true
  daily: {interval: 1d}
  hourly: {interval: 1h}
data_sources:
  - table_name: Merged
    mass: {interval: 7d}
  - table_name: Swapped
    mass: {interval: 7d, prepurge_data: true}
  - table_name: Truncated
    mass: {interval: 7d, prepurge_data: true, load: truncate}
  - table_name: Unindexed
    mass: {interval: 7d, prepurge_data: true, load: truncate, reindex_data: false}
  - table_name: Idle
    mass: {interval: 7d}
    is_enabled: false
"""

STOPPING_SOURCE = """
data_sources:
  - table_name: Stopping
    source_system: ERP
    fetcher: stopping_fetcher.Stopping
    keys: [Id]
    create_table: true
    daily: {interval: 1d}
    hourly: {interval: 1h}
"""

STOPPING = '''
import os, time
import pyarrow as pa
from data_sync.fetchers.base import Fetcher

class Stopping(Fetcher):
    """Reads some rows; in a process of the site's it then waits to be killed."""

    def fetch(self, window):
        for start in range(0, 3000, 1000):
            yield pa.table({"Id": list(range(start, start + 1000))})
        if os.environ.get("SITE_PROCESS"):
            time.sleep(60)
'''


class Site:
    """The site's configuration, its warehouse, and its command line in processes of their own."""

    def __init__(self, folder: Path, uri: str) -> None:
        self.name = f"site_{uuid.uuid4().hex[:8]}"
        self.folder = folder
        self.uri = uri
        (folder / "sources").mkdir()
        (folder / "options.yaml").write_text(OPTIONS.format(folder=folder, name=self.name), "utf-8")
        (folder / "sources" / "all.yaml").write_text(SOURCES, "utf-8")
        (folder / "sources" / "stopping.yaml").write_text(STOPPING_SOURCE, "utf-8")
        (folder / "stopping_fetcher.py").write_text(STOPPING, "utf-8")
        self.environment = {
            "DATA_SYNC_OPTIONS": str(folder / "options.yaml"),
            "DATA_SYNC_SOURCES": str(folder / "sources"),
            f"AIRFLOW_CONN_{self.name.upper()}": uri.replace("postgresql://", "postgres://", 1),
        }

    @property
    def settings(self) -> Any:
        from data_sync.project import load_settings

        return load_settings()

    @property
    def hook(self) -> Any:
        from data_sync.updates.log import DataUpdateLog

        return DataUpdateLog.from_options(self.settings.options)

    @property
    def spool(self) -> Any:
        from data_sync.loading.spool import Spool

        return Spool(self.settings.options.spool, 1000)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement in which ``{target}`` and ``{log}`` stand for the schemas."""
        text = statement.replace("{target}", f'"{self.name}"').replace("{log}", f'"{self.name}_log"')
        with psycopg.connect(self.uri, autocommit=True) as connection:
            cursor = connection.execute(text.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def log(self, table: str) -> list[SimpleNamespace]:
        """Return the table's rows of the log, oldest first."""
        found = self.query(
            'SELECT to_jsonb(u) FROM {log}."DataUpdate" u WHERE "TableName" = %s ORDER BY "Id"', table
        )
        return [SimpleNamespace(**row[0]) for row in found]

    @contextmanager
    def process(self, *arguments: str, stderr: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
        """Run the command line in a process that is killed at the end of the block."""
        command = [sys.executable, "-m", "data_sync", *arguments]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": stderr, "text": True}
        path = f"{PLUGINS}{os.pathsep}{self.folder}"
        environment = {**os.environ, **self.environment, "PYTHONPATH": path, "SITE_PROCESS": "yes"}
        with subprocess.Popen(command, env=environment, **pipes) as process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def held(self, lock: str) -> Iterator[None]:
        """Hold the locks of a statement for the length of the block."""
        with psycopg.connect(self.uri) as connection:
            connection.execute(lock.replace("{target}", f'"{self.name}"').encode())
            yield
            connection.rollback()

    def wait_until_blocked(self, statement: str) -> None:
        """Wait until a session of this site waits for a lock in a statement like that."""
        blocked = (
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE %s "
            "AND query LIKE %s"
        )
        wait_for(lambda: self.query(blocked, f"%{statement}%", f"%{self.name}%"))


def wait_for(check: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until a check holds and return what it returned."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """The URI of a PostgreSQL server that lives as long as the test session."""
    from demo.embedded_postgres import EmbeddedPostgres

    with tempfile.TemporaryDirectory(prefix="data_sync_pg_", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder)).start()
        try:
            yield server.uri()
        finally:
            server.stop()


@pytest.fixture
def site(tmp_path: Path, postgres_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A new site, which this process is configured for too."""
    found = Site(tmp_path, postgres_uri)
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(tmp_path))
    found.hook  # installs the log  # noqa: B018
    yield found
    for schema in (found.name, f"{found.name}_staging", f"{found.name}_log"):
        found.query(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    return wait_for


@pytest.fixture
def sync(site: Site) -> Callable[..., Any]:
    """A function that runs the command ``sync`` in this process and returns its exit status."""
    from data_sync.cli import main

    return lambda *arguments: main(["sync", *arguments])


@pytest.fixture(scope="session")
def signals() -> Any:
    return SimpleNamespace(interrupt=signal.SIGINT, terminate=signal.SIGTERM, kill=signal.SIGKILL)
