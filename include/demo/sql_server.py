"""A SQL Server as the demo's warehouse, in schemas of the demo's own: nothing else there is touched."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import yaml

from demo.airflow_stack import ROOT

ENDPOINT = "DATA_SYNC_TEST_MSSQL"
"""The environment variable with the endpoint's Airflow connection URI."""


def environment(state: Path) -> dict[str, str]:
    """Return the variables that make the endpoint the warehouse; none where no endpoint is named.

    The schemas' names belong to the state folder, so a demo that goes on finds its tables again.

    :param state: the demo's folder
    """
    uri = os.environ.get(ENDPOINT)
    if not uri:
        return {}
    state.mkdir(parents=True, exist_ok=True)
    kept = state / "sql-server-schema"
    if not kept.exists():
        kept.write_text(f"demo_{secrets.token_hex(4)}")
    schema = kept.read_text()
    shipped = ROOT / "include"
    options = yaml.safe_load((shipped / "data_sync.yaml").read_text(encoding="utf-8"))
    options["warehouse"] |= {
        "target_schema": schema,
        "staging_schema": f"{schema}_staging",
        "log_schema": f"{schema}_log",
    }
    file = state / "data_sync.yaml"
    file.write_text(yaml.safe_dump(options), encoding="utf-8")
    return {
        "AIRFLOW_CONN_WAREHOUSE": uri,
        "DATA_SYNC_OPTIONS": str(file.resolve()),
        "DATA_SYNC_SOURCES": str(shipped / "data_sources"),
    }
