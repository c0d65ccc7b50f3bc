"""A PostgreSQL that the fetchers read through ODBC."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

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
