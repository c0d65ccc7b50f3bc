"""The DAG files in processes of their own, as in a plain Airflow: only its own folders are importable."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from data_sync.settings.load import ROOT

pytestmark = pytest.mark.integration

HEAVY = {
    "adbc_driver_manager", "adbc_driver_postgresql", "arrow_odbc", "mssql_python", "numpy", "pandas",
    "psycopg", "psycopg2", "pyarrow", "pymssql", "pyodbc",
}  # fmt: skip

MORE = """\
data_sources:
- {table_name: Swapped, source_system: JDE, fetcher: sample, keys: [Id], tags: [e, d, c, b, a],
   mass: {interval: 7d, prepurge_data: true}, daily: {interval: 1d}, hourly: {interval: 1h}}
- {table_name: Tru ncated, source_system: JDE, fetcher: sample, keys: [Id, Name],
   mass: {interval: 7d, prepurge_data: true, load: truncate}, post_processor: sql,
   post_process: {file: after.sql}}
- {table_name: Broken, source_system: JDE, fetcher: sample, keys: []}
"""

PARSE = """
import json, os, sys

events = []
def note(event, args):
    if event.partition(".")[0] in ("socket", "sqlite3"):
        events.append(f"{event}: {args}")
sys.addaudithook(note)

from airflow import plugins_manager
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
before = list(sys.modules)
folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
bag = DagBag(folder, bundle_path=folder, bundle_name="shipped")
after = list(sys.modules)
found = {
    "dags": {name: DagSerialization.to_dict(dag) for name, dag in bag.dags.items()},
    "import_errors": bag.import_errors,
    "events": events,
    "imported": [name for name in after if name not in before],
    "modules": after,
    "path": sys.path,
}
_, found["plugin_errors"] = plugins_manager._get_plugins()
found["bare"] = [name for name in sys.modules if name in ("errors", "tasks", "dag_builder", "cli", "spool")]
print(json.dumps(found, default=str))
"""


def start(home: Path, seed: int, configuration: Path, more: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a process that parses the DAG files as Airflow's own do: without any PYTHONPATH."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONHASHSEED": str(seed),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "DATA_SYNC_OPTIONS": str(configuration / "data_sync.yaml"),
        "DATA_SYNC_SOURCES": str(configuration / "data_sources"),
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "-c", PARSE], env=environment, cwd=home, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def result(process: subprocess.Popen[str]) -> Any:
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped configuration with sources of every mode besides, one of them broken."""
    folder = tmp_path_factory.mktemp("configuration") / "include"
    shutil.copytree(ROOT / "include", folder)
    (folder / "data_sources" / "more.yaml").write_text(MORE, encoding="utf-8")
    (folder / "after.sql").write_text("SELECT 1", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def twice(configuration: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What two processes found whose sets and dictionaries are ordered differently."""
    home = tmp_path_factory.mktemp("home")
    return [result(process) for process in [start(home, seed, configuration, {}) for seed in (1, 2)]]


def test_the_dags_are_found_with_nothing_but_the_two_folders(twice):
    found = twice[0]
    assert {"sync_Swapped", "data_sync_maintenance", "sync_WorkOrder"} <= set(found["dags"])
    assert str(ROOT / "include") not in found["path"]
    assert list(found["import_errors"]) == ["data_sync_configuration.py"]
    assert "Broken, keys: no column is named" in found["import_errors"]["data_sync_configuration.py"]


def test_parsing_opens_no_connection(twice):
    assert twice[0]["events"] == []


def test_parsing_imports_no_driver_and_no_dataframe_library(twice):
    assert set(twice[0]["modules"]) & HEAVY == set()


def test_parsing_imports_no_warehouse_and_nothing_of_the_demo(twice):
    ours = {name for name in twice[0]["imported"] if name.startswith(("data_sync.", "demo"))}
    assert "data_sync.orchestration.table_dag" in ours
    assert not {name for name in ours if name.startswith(("data_sync.warehouse.postgres.warehouse", "demo"))}


def test_a_dag_is_the_same_at_every_parse(twice):
    """Or Airflow would store a new version of it each time."""
    one, other = (json.dumps(found["dags"], sort_keys=True) for found in twice)
    assert one == other


def test_the_package_is_not_loaded_as_plugins(twice):
    """Airflow runs each .py under plugins/ that .airflowignore does not name, under its bare name."""
    assert twice[0]["plugin_errors"] == {}
    assert twice[0]["bare"] == []


CONNECTING = """
import socket, sqlite3
import pandas
from data_sync.fetchers.sample import SampleFetcher

sqlite3.connect(":memory:")
socket.socket().connect_ex(("127.0.0.1", 9))


class Eager(SampleFetcher):
    pass
"""


def test_these_tests_would_notice_a_connection_and_a_heavy_import(configuration, tmp_path):
    (tmp_path / "eager.py").write_text(CONNECTING, encoding="utf-8")
    folder = tmp_path / "include"
    shutil.copytree(configuration, folder)
    (folder / "data_sources" / "eager.yaml").write_text(
        "data_sources:\n- {table_name: Eager, source_system: JDE, fetcher: eager.Eager, keys: [Id],"
        " daily: {interval: 1d}}\n",
        encoding="utf-8",
    )
    found = result(start(tmp_path, 1, folder, {"PYTHONPATH": str(tmp_path)}))
    assert "sync_Eager" in found["dags"]
    assert {event.split(":")[0] for event in found["events"]} >= {"sqlite3.connect", "socket.connect"}
    assert "pandas" in found["modules"]
