"""A configuration of its own for each test, and the DAGs that Airflow makes of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")

from data_sync.project import settings as project_settings
from data_sync.settings.load import ROOT

OPTIONS = """\
check_interval: 15m
retries: 3
retry_delay: 2m
warehouse: {pool: house, uri: "mssql://cache-host:1433/cache"}
source_systems:
  JDE: {pool: jde_pool}
  CMS: {pool: cms_pool}
"""
SOURCE = {"source_system": "JDE", "fetcher": "sample", "keys": "[Id]", "hourly": "{interval: 1h}"}


class Project:
    """A folder with an options file and files of data sources, read in place of the shipped ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "DATA_SYNC_OPTIONS": str(folder / "data_sync.yaml"),
            "DATA_SYNC_SOURCES": str(folder / "data_sources"),
        }
        (folder / "data_sources").mkdir()
        self.options("")

    def options(self, more: str) -> None:
        (self.folder / "data_sync.yaml").write_text(OPTIONS + dedent(more), encoding="utf-8")
        project_settings.cache_clear()

    def write(self, name: str, text: str) -> None:
        (self.folder / "data_sources" / name).write_text(dedent(text), encoding="utf-8")
        project_settings.cache_clear()

    def source(self, table: str, **settings: str | None) -> None:
        """Write a data source's own file; settings are YAML, None leaves one out."""
        values = SOURCE | settings
        lines = [f"{name}: {value}" for name, value in values.items() if value is not None]
        file = f"{len(list((self.folder / 'data_sources').iterdir()))}.yaml"
        self.write(file, f"data_sources:\n- table_name: {table!r}\n" + indent("\n".join(lines), "  "))

    def bag(self) -> Any:
        """Return the DAGs and import errors that Airflow finds."""
        return dag_bag()

    def dag(self, table: str, **settings: str | None) -> Any:
        """Write a data source and return its DAG."""
        from data_sync.orchestration.table_dag import build_dag

        self.source(table, **settings)
        loaded = project_settings()
        assert loaded.problems == ()
        return build_dag(loaded.sources[table], loaded)


def dag_bag() -> Any:
    """Return what Airflow makes of the project's dags folder."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(ROOT / "dags", bundle_path=ROOT / "dags", bundle_name="shipped")


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What Airflow makes of the configuration that comes with the project."""
    for name in ("DATA_SYNC_OPTIONS", "DATA_SYNC_SOURCES", "DATA_SYNC_SPOOL"):
        monkeypatch.delenv(name, raising=False)
    project_settings.cache_clear()
    yield dag_bag()
    project_settings.cache_clear()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    created = Project(tmp_path)
    for name, value in created.environment.items():
        monkeypatch.setenv(name, value)
    project_settings.cache_clear()
    yield created
    project_settings.cache_clear()
