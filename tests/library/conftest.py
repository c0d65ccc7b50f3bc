"""The shipped data sources at work: sample databases behind ODBC, and a warehouse of each kind."""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))

from data_sync.loading.steps import TableSync
from data_sync.project import load_settings
from data_sync.settings.load import Settings
from data_sync.settings.update_type import UpdateType
from data_sync.updates.migrations.install import install
from data_sync.updates.task import DataUpdateTask
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.interface import Counts
from demo import sources
from demo.airflow_stack import odbc_driver
from demo.embedded_postgres import EmbeddedPostgres

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource
    from data_sync.warehouse.interface import Warehouse

ROWS = 3000
LATEST_STAMP_IS_FRESH = timedelta(hours=3)


@dataclass
class Shop:
    """Sample sources, a warehouse, and the settings that connect them.

    :param server: holds the sample sources
    :param settings: the shipped data sources
    """

    server: EmbeddedPostgres
    settings: Settings

    def source(self, table: str) -> DataSource:
        return self.settings.sources[table]

    def sync_of(self, source: DataSource) -> TableSync:
        return TableSync(self.settings, source)

    def update(self, source: DataSource, kind: UpdateType) -> DataUpdateTask:
        """Return an update as its DAG would decide on it; all but Mass read the last hours."""
        now = datetime.now(timezone.utc)
        return DataUpdateTask(
            table_name=source.table_name,
            source_system=source.source_system,
            update_type=kind,
            minimum_dt=None if kind is UpdateType.MASS else now - LATEST_STAMP_IS_FRESH,
            maximum_dt=None,
            reference_dt=now,
            operation_id=uuid.uuid4().hex[:16],
        )

    def run(self, source: DataSource, kind: UpdateType) -> Counts:
        """Update a table by the steps that its DAG has."""
        sync, task = self.sync_of(source), self.update(source, kind)
        fetched = [sync.fetch(task)]
        staged = [sync.stage(task, batch, 1) for batch in fetched[0].batches]
        step = sync.publish if kind is UpdateType.MASS else sync.merge
        counts = step(task, fetched, staged)
        sync.post_process(task)
        sync.clean_up(task)
        return counts

    @property
    def warehouse(self) -> Warehouse:
        options = self.settings.options
        return open_warehouse(options.warehouse, options.bulk_copy_batch_size)

    def scalar(self, query: str) -> Any:
        """Return the one value of a query on the warehouse; its column is called ``found``."""
        with self.warehouse.transaction() as session:
            return session.rows(query)[0]["found"]


def connection(server: EmbeddedPostgres, kind: str, database: str) -> str:
    """Return an Airflow connection to one of the server's databases."""
    extra = {"driver": odbc_driver(), "connect_kwargs": {}} if kind == "odbc" else {}
    return json.dumps(
        {
            "conn_type": kind,
            "host": "127.0.0.1",
            "port": server.port,
            "schema": database,
            "login": server.user,
            "password": server.password,
            "extra": extra,
        }
    )


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """A server with the sample sources, their Airflow connections and a warehouse database."""
    with tempfile.TemporaryDirectory(prefix="data_sync_pg_", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        started = EmbeddedPostgres(Path(folder)).start()
        try:
            sources.create(started, ROWS)
            started.create_database("warehouse")
            yield started
        finally:
            started.stop()


@pytest.fixture
def odbc(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> EmbeddedPostgres:
    """The server, with connections to its sample sources."""
    monkeypatch.setenv("AIRFLOW_CONN_JDE", connection(server, "odbc", "jde"))
    monkeypatch.setenv("AIRFLOW_CONN_CMS", connection(server, "odbc", "cms"))
    monkeypatch.setenv("AIRFLOW__PROVIDERS_ODBC__ALLOW_DRIVER_IN_EXTRA", "True")
    monkeypatch.setenv("DATA_SYNC_SPOOL", str(tmp_path / "spool"))
    return server


@pytest.fixture(
    params=[
        pytest.param("postgres", marks=pytest.mark.integration),
        pytest.param("mssql", marks=pytest.mark.mssql),
    ]
)
def shop(
    request: pytest.FixtureRequest, odbc: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    """A shop whose target schema is new, in each kind of warehouse."""
    uri = os.environ.get("DATA_SYNC_TEST_MSSQL", "")
    if request.param == "mssql" and not uri:
        pytest.skip("DATA_SYNC_TEST_MSSQL is not set; write a connection URI such as mssql://user:pw@host/db")
    monkeypatch.setenv(
        "AIRFLOW_CONN_WAREHOUSE",
        uri if request.param == "mssql" else connection(odbc, "postgres", "warehouse"),
    )
    loaded = load_settings()
    mark = uuid.uuid4().hex[:8]
    schemas = {f"{part}_schema": f"{part}_{mark}" for part in ("target", "staging", "log")}
    warehouse = loaded.options.warehouse.model_copy(update=schemas)
    settings = replace(loaded, options=loaded.options.model_copy(update={"warehouse": warehouse}))
    found = Shop(odbc, settings)
    install(found.warehouse)
    yield found
    drop_all(found)


def drop_all(shop: Shop) -> None:
    """Drop what a shop has made in a database that others use too."""
    options = shop.settings.options.warehouse
    warehouse = shop.warehouse
    schemas = (options.target_schema, options.staging_schema, options.log_schema)
    with warehouse.transaction() as session:
        for schema in schemas:
            if warehouse.dialect == "postgres":
                session.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
                continue
            found = session.rows(
                "SELECT TABLE_NAME AS name, TABLE_TYPE AS kind FROM INFORMATION_SCHEMA.TABLES "
                "WHERE TABLE_SCHEMA = %(schema)s ORDER BY TABLE_TYPE DESC",
                {"schema": schema},
            )
            for row in found:
                kind = "VIEW" if row["kind"] == "VIEW" else "TABLE"
                session.execute(f'DROP {kind} "{schema}"."{row["name"]}"')
            if found:
                session.execute(f'DROP SCHEMA "{schema}"')
