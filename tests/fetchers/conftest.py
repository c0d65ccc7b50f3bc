"""The databases that the fetchers read through ODBC: a PostgreSQL, and each driver's own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
import pytest

from data_sync.fetchers.base import Fetcher, Window
from data_sync.fetchers.registry import make_fetcher
from data_sync.settings.models import DataSource, SourceSystem

if TYPE_CHECKING:
    from demo.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def source_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of its own, stopped at the end."""
    os.environ.setdefault("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
    from demo.embedded_postgres import EmbeddedPostgres

    server = EmbeddedPostgres(tmp_path_factory.mktemp("source")).start()
    yield server
    server.stop()


@pytest.fixture
def odbc_source(source_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> EmbeddedPostgres:
    """The server as the Airflow connection ``fetcher_source``."""
    connection = {
        "conn_type": "odbc",
        "host": source_server.host,
        "port": source_server.port,
        "schema": "postgres",
        "login": source_server.user,
        "password": source_server.password,
        "extra": {"driver": "PostgreSQL Unicode"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_FETCHER_SOURCE", json.dumps(connection))
    monkeypatch.setenv("AIRFLOW__PROVIDERS_ODBC__ALLOW_DRIVER_IN_EXTRA", "True")
    return source_server


@dataclass(frozen=True)
class DriverSource:
    """A database behind one ODBC driver, as the Airflow connection ``driver_source``.

    :ivar dialect: what the fetchers are told about it
    :ivar owner: the schema its tables are in
    :ivar run: runs a statement, with values for its ``?``
    """

    dialect: str
    owner: str
    run: Callable[..., None]

    def read(
        self, fetcher: str, window: Window | None = None, *, zone: str = "UTC", **fetch: Any
    ) -> pa.Table:
        """Return the window's rows."""
        return all_rows(self.fetcher(fetcher, zone=zone, **fetch), window or Window())

    def fetcher(self, fetcher: str, *, zone: str = "UTC", **fetch: Any) -> Fetcher:
        """Return a fetcher of the database, for a table with the key Id."""
        source = DataSource.model_validate(
            {"table_name": "T", "source_system": "S", "fetcher": fetcher, "fetch": fetch, "keys": ["Id"],
             "last_update_column": "LastUpdateDT", "daily": {"interval": "1d"}}
        )  # fmt: skip
        system = SourceSystem(
            pool="p",
            connection="driver_source",
            time_zone=zone,
            query_timeout="1m",
            site={"dialect": self.dialect, "owner": self.owner},
        )
        return make_fetcher(source, system, Path())


def all_rows(fetcher: Fetcher, window: Window) -> pa.Table:
    """Return everything that a fetch yields."""
    frames = fetcher.fetch(window)
    assert isinstance(frames, pa.RecordBatchReader)
    return frames.read_all()


def installed_drivers() -> str:
    """Return the names of the ODBC drivers that unixODBC knows."""
    try:
        return subprocess.run(["odbcinst", "-q", "-d"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


@pytest.fixture(params=["PostgreSQL Unicode", "SQLite3"])
def driver_source(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DriverSource]:
    """An empty database behind each ODBC driver that the tests know."""
    monkeypatch.setenv("AIRFLOW__PROVIDERS_ODBC__ALLOW_DRIVER_IN_EXTRA", "True")
    driver = request.param
    if f"[{driver}]" not in installed_drivers():
        pytest.skip(f"the ODBC driver {driver!r} is not installed")
    if driver == "SQLite3":
        file = tmp_path / "source.db"
        connection = {"conn_type": "odbc", "schema": str(file), "extra": {"driver": driver}}
        monkeypatch.setenv("AIRFLOW_CONN_DRIVER_SOURCE", json.dumps(connection))
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            yield DriverSource("generic", "main", database.execute)
        return
    request.getfixturevalue("odbc_source")
    server: EmbeddedPostgres = request.getfixturevalue("source_server")
    monkeypatch.setenv("AIRFLOW_CONN_DRIVER_SOURCE", os.environ["AIRFLOW_CONN_FETCHER_SOURCE"])
    with psycopg.connect(server.uri(), autocommit=True) as database:
        database.execute("DROP SCHEMA IF EXISTS site CASCADE")
        database.execute("CREATE SCHEMA site")
        database.execute("SET search_path TO site")
        yield DriverSource(
            "postgres", "site", lambda text, values=(): database.execute(text.replace("?", "%s"), values)
        )
