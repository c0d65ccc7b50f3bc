"""DAGs as Airflow runs them, on a PostgreSQL that is both the warehouse and, through ODBC, the source."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from tests.runs.runner import ANSWER

from data_sync.settings.load import ROOT


@dataclass(frozen=True)
class Run:
    """How a run ended.

    :param tasks: state and tries of each task instance
    :param output: what the process wrote meanwhile, the tasks' logs among it
    """

    state: str
    run_id: str
    tasks: dict[str, list[Any]]
    import_errors: dict[str, str]
    output: str = field(repr=False)

    def states(self, group: str = "") -> dict[str, str]:
        """Return the states of the tasks that were not skipped, of a group or of all."""
        return {
            name: state
            for name, (state, _) in self.tasks.items()
            if name.startswith(group) and state != "skipped"
        }


class Site:
    """A site's configuration, its source and its warehouse, and the process that runs its DAGs.

    :param uri: the PostgreSQL that is the source, and the warehouse too unless ``warehouse`` is another
    """

    def __init__(self, folder: Path, uri: str, warehouse: str | None = None) -> None:
        self.folder = folder
        self.uri = uri
        self.warehouse = warehouse or uri.replace("postgresql://", "postgres://", 1)
        self.name = f"runs_{uuid.uuid4().hex[:8]}"
        self.names: dict[str, str] = {}
        (folder / "data_sources").mkdir()
        self.options()
        self.query("CREATE SCHEMA {source}; CREATE SCHEMA {target}")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.runs.runner"],
            cwd=ROOT, env=self.environment(), text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self._answer()[0] == "ready"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.folder}/airflow.db",
            "AIRFLOW__PROVIDERS_ODBC__ALLOW_DRIVER_IN_EXTRA": "True",
            "AIRFLOW_CONN_RUNS_WAREHOUSE": self.warehouse,
            "AIRFLOW_CONN_RUNS_SOURCE": json.dumps(self.odbc()),
            "DATA_SYNC_OPTIONS": str(self.folder / "data_sync.yaml"),
            "DATA_SYNC_SOURCES": str(self.folder / "data_sources"),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), str(ROOT / "include"), str(self.folder)]),
        }

    def odbc(self, **changes: Any) -> dict[str, Any]:
        """Return the source as an Airflow connection."""
        parts = urlsplit(self.uri)
        return {
            "conn_type": "odbc",
            "host": parts.hostname,
            "port": parts.port,
            "schema": parts.path.strip("/"),
            "login": parts.username,
            "password": unquote(parts.password or ""),
            "extra": {"driver": "PostgreSQL Unicode"},
            **changes,
        }

    def options(self, **changes: Any) -> None:
        """Write the options; JSON is YAML too."""
        values = {
            "batch_size": 100,
            "retries": 0,
            "retry_delay": "1s",
            "spool": str(self.folder / "spool"),
            "warehouse": {
                "connection": "runs_warehouse", "uri": "postgres://warehouse/cache",
                "target_schema": self.name, "staging_schema": f"{self.name}_staging",
                "log_schema": f"{self.name}_log", "lock_timeout": "20s", "statement_timeout": "60s",
            },
            "source_systems": {"ERP": {"pool": "erp", "connection": "runs_source", "login_timeout": "5s"}},
        }  # fmt: skip
        (self.folder / "data_sync.yaml").write_text(json.dumps(values | changes), encoding="utf-8")

    def source(self, table: str, **settings: Any) -> str:
        """Write a data source that reads ``SELECT * FROM {source}.<table>``, and return its table name."""
        values = {
            "table_name": table,
            "source_system": "ERP",
            "fetcher": "sql",
            "fetch": {"query": f'SELECT * FROM "{self.name}_source"."{table}"'},
            "keys": ["Id"],
            "mass": {"interval": "7d", "prepurge_data": True},
            "hourly": {"interval": "1h"},
        }
        (self.folder / "data_sources" / f"{table}.yaml").write_text(
            json.dumps({"data_sources": [values | settings]}), encoding="utf-8"
        )
        return table

    def run(self, table: str, environment: dict[str, str] | None = None, **conf: Any) -> Run:
        """Run a table's DAG as a person would trigger it, with what the form holds in ``conf``."""
        request = {"dag_id": f"sync_{table}", "conf": conf, "environment": environment or {}}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        text, output = self._answer()
        return Run(**json.loads(text), output=output)

    def _answer(self) -> tuple[str, str]:
        assert self._process.stdout
        lines = []
        for line in self._process.stdout:
            if line.startswith(ANSWER):
                return line.removeprefix(ANSWER).strip(), "".join(lines)
            lines.append(line)
        raise AssertionError("the process ended:\n" + "".join(lines)[-5000:])

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement in which ``{source}``, ``{target}`` and ``{log}`` stand for the schemas."""
        for name, schema in {"source": "_source", "target": "", "staging": "_staging", "log": "_log"}.items():
            statement = statement.replace(f"{{{name}}}", f'"{self.name}{schema}"')
        with psycopg.connect(self.uri, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def log(self, table: str) -> list[SimpleNamespace]:
        """Return the table's rows of the log, oldest first."""
        found = self.query(
            'SELECT to_jsonb(u) FROM {log}."DataUpdate" u WHERE "TableName" = %s ORDER BY "Id"', table
        )
        return [SimpleNamespace(**row[0]) for row in found]

    def staging_tables(self, table: str) -> list[str]:
        """Return what is left of a table's staging; a failed run keeps its own for when it is cleared."""
        return [row[0] for row in self.query(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND starts_with(tablename, %s)",
            f"{self.name}_staging", f"Staging{table}_",
        )]  # fmt: skip

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self.query(
            "DROP SCHEMA IF EXISTS {source} CASCADE; DROP SCHEMA IF EXISTS {target} CASCADE; "
            "DROP SCHEMA IF EXISTS {staging} CASCADE; DROP SCHEMA IF EXISTS {log} CASCADE"
        )


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory, postgres_uri: str) -> Iterator[Site]:
    created = Site(tmp_path_factory.mktemp("site"), postgres_uri)
    yield created
    created.close()


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """The site without data sources."""
    shared_site.options()
    yield shared_site
    for file in (shared_site.folder / "data_sources").iterdir():
        file.unlink()
