"""Where a benchmark runs: the source, the warehouse, and a configuration that names both."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from tests.benchmarks.process import measure, watch_server

if TYPE_CHECKING:
    from demo.embedded_postgres import EmbeddedPostgres

TABLE = "LotUsage"
"""The shipped data source that is measured: JD Edwards' item ledger F4111, 26 columns wide."""

ROWS_ELSEWHERE = 1000
"""About the rows of the sample tables that are not measured."""


@contextmanager
def prepared(folder: Path, rows: int, warehouse: str, batch_size: int) -> Iterator[None]:
    """Start the databases, fill the source, and set the environment that leads to all of it.

    :param folder: an empty folder for databases, spool and configuration
    :param rows: rows of the source table
    :param warehouse: ``postgres`` for the embedded server, ``mssql`` for the endpoint that
        DATA_SYNC_TEST_MSSQL names; there the benchmark makes schemas of its own and drops them
    :param batch_size: rows per batch
    """
    from demo.embedded_postgres import EmbeddedPostgres

    server = EmbeddedPostgres(folder / "postgres").start()
    try:
        _fill(server, rows)
        server.create_database("warehouse")
        if warehouse == "postgres":
            _without_autovacuum(server)
            watch_server(int((server.data / "postmaster.pid").read_text(encoding="utf-8").split()[0]))
        os.environ.update(_environment(folder, server, warehouse, batch_size))
        try:
            yield
        finally:
            if warehouse == "mssql":
                measure("states", "drop_schemas")
    finally:
        watch_server(None)
        server.stop()


def _fill(server: EmbeddedPostgres, rows: int) -> None:
    from demo.sources import Sizes, create_jde

    few = ROWS_ELSEWHERE
    sizes = Sizes(items=few, lots=few, orders=few, movements=rows, addresses=few, inspections=few)
    create_jde(server, sizes, datetime(2026, 1, 1, tzinfo=timezone.utc))


def _without_autovacuum(server: EmbeddedPostgres) -> None:
    """Keep the server from work of its own, which would fall on one side of a comparison by chance."""
    import psycopg

    with psycopg.connect(server.uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")


def _environment(folder: Path, server: EmbeddedPostgres, warehouse: str, batch_size: int) -> dict[str, str]:
    from demo.airflow_stack import odbc_driver

    login = {
        "host": server.host,
        "port": server.port,
        "login": server.user,
        "password": server.password,
    }
    source = {"conn_type": "odbc", "schema": "jde", "extra": {"driver": odbc_driver()}, **login}
    embedded = {"conn_type": "postgres", "schema": "warehouse", **login}
    return {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__PROVIDERS_ODBC__ALLOW_DRIVER_IN_EXTRA": "True",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW_CONN_BENCH_JDE": json.dumps(source),
        "AIRFLOW_CONN_BENCH_WAREHOUSE": (
            os.environ["DATA_SYNC_TEST_MSSQL"] if warehouse == "mssql" else json.dumps(embedded)
        ),
        "DATA_SYNC_OPTIONS": str(_options(folder, batch_size)),
        "DATA_SYNC_SOURCES": str(_sources(folder)),
        "DATA_SYNC_SPOOL": str(folder / "spool"),
    }


def _options(folder: Path, batch_size: int) -> Path:
    mark = uuid.uuid4().hex[:8]
    system = {"connection": "bench_jde", "pool": "bench", "time_zone": "America/Denver"}
    options = {
        "batch_size": batch_size,
        "warehouse": {
            "connection": "bench_warehouse",
            "target_schema": f"bench_target_{mark}",
            "staging_schema": f"bench_staging_{mark}",
            "log_schema": f"bench_log_{mark}",
        },
        "source_systems": {"JDE": system},
    }
    file = folder / "options.yaml"
    file.write_text(yaml.safe_dump(options), encoding="utf-8")
    return file


def _sources(folder: Path) -> Path:
    """Write the measured data source to a folder of its own, so that no process reads all the others."""
    sources = folder / "data_sources"
    sources.mkdir()
    content = {"data_sources": [shipped_source()]}
    (sources / "measured.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return sources


def shipped_source() -> dict[str, Any]:
    """Return the measured data source as it is shipped, with its file's defaults."""
    from data_sync.settings.load import ROOT

    for file in sorted((ROOT / "include" / "data_sources").glob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for source in content["data_sources"]:
            if source["table_name"] == TABLE:
                return {**content.get("defaults", {}), **source}
    raise LookupError(f"no data source {TABLE} is shipped")
