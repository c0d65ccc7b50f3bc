from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from data_sync.cli import main
from data_sync.settings.load import ROOT

OPTIONS = "source_systems:\n  JDE: {pool: jde}\n"
ENTRY = """
- table_name: {name}
  source_system: JDE
  fetcher: {fetcher}
  keys: [Id]
  hourly: {{interval: {interval}}}
"""
FETCHER = """
from data_sync.fetchers.base import Fetcher

class Orders(Fetcher):
    def fetch(self, window):
        return iter(())
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with options, a fetcher, and a function that writes data sources."""
    (tmp_path / "data_sources").mkdir()
    (tmp_path / "data_sync.yaml").write_text(OPTIONS, encoding="utf-8")
    (tmp_path / "cli_fetchers.py").write_text(FETCHER, encoding="utf-8")
    monkeypatch.setenv("DATA_SYNC_OPTIONS", str(tmp_path / "data_sync.yaml"))
    monkeypatch.setenv("DATA_SYNC_SOURCES", str(tmp_path / "data_sources"))
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(**intervals):
        text = "".join(
            ENTRY.format(name=name, interval=interval, fetcher="cli_fetchers.Orders")
            for name, interval in intervals.items()
        )
        (tmp_path / "data_sources" / "a.yaml").write_text(f"data_sources:{text}", encoding="utf-8")

    return write


def test_validate_counts_and_succeeds(project, capsys):
    project(A="1h", B="2h")
    assert main(["validate"]) == 0
    assert capsys.readouterr().out == "2 valid data sources (2 enabled), 0 problems\n"


def test_validate_prints_a_line_for_each_problem_and_fails(project, capsys):
    project(A="1h", B="soon", C="0m")
    assert main(["validate"]) == 1
    *problems, counts = capsys.readouterr().out.splitlines()
    assert [line.split(", ", 1)[1].split(":")[0] for line in problems] == [
        "B, hourly.interval",
        "C, hourly.interval",
    ]
    assert counts == "1 valid data sources (1 enabled), 2 problems"


def test_validate_fails_on_wrong_options(project, capsys, tmp_path):
    (tmp_path / "data_sync.yaml").write_text("batch_sise: 1", encoding="utf-8")
    assert main(["validate"]) == 1
    assert "did you mean 'batch_size'?" in capsys.readouterr().err


def test_validate_compares_the_warehouses_pool_with_the_options(project, capsys, tmp_path, monkeypatch):
    project(A="1h")
    (tmp_path / "include").mkdir()
    (tmp_path / "data_sources").rename(tmp_path / "include" / "data_sources")
    monkeypatch.setenv("DATA_SYNC_SOURCES", str(tmp_path / "include" / "data_sources"))
    path = tmp_path / "airflow_settings.yaml"
    path.write_text("airflow:\n  pools: [{pool_name: data_sync_warehouse, pool_slot: 8}]\n", encoding="utf-8")
    assert main(["validate"]) == 1
    problem, counts = capsys.readouterr().out.splitlines()
    assert "airflow_settings.yaml:2, airflow.pools[0].pool_slot: data_sync_warehouse is the ware" in problem
    assert counts == "1 valid data sources (1 enabled), 1 problems"
    (tmp_path / "data_sync.yaml").write_text(f"{OPTIONS}max_degree_of_parallelism: 8\n", encoding="utf-8")
    assert main(["validate"]) == 0


def test_schema_writes_both_files(tmp_path):
    assert main(["schema", "--folder", str(tmp_path / "schema")]) == 0
    for name in ("data_sync", "data_sources"):
        shipped = ROOT / "include" / "schema" / f"{name}.schema.json"
        written = tmp_path / "schema" / f"{name}.schema.json"
        assert json.loads(written.read_text()) == json.loads(shipped.read_text())


def test_schema_prints_one(capsys):
    assert main(["schema", "--print", "data_sync"]) == 0
    assert "check_interval" in json.loads(capsys.readouterr().out)["properties"]


def test_it_runs_as_a_module(project):
    project(A="never")
    finished = subprocess.run(
        [sys.executable, "-m", "data_sync", "validate"],
        cwd=ROOT / "plugins",
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert "'never' is not a duration" in finished.stdout


def test_validate_stays_quick_because_it_imports_nothing_heavy(project):
    project(A="1h")
    program = "import sys; from data_sync.cli import main; main(['validate']); print(*sys.modules)"
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = finished.stdout.splitlines()[-1].split()
    assert "data_sync.settings.load" in loaded
    assert not {"airflow", "rich", "pyarrow", "pandas", "psycopg", "sqlalchemy"} & set(loaded)


def test_validate_tells_scripts_in_json(project, capsys):
    project(A="1h", B="soon")
    assert main(["validate", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["valid"], told["enabled"], len(told["problems"])) == (1, 1, 1)


def test_an_unknown_command_says_what_there_is(capsys):
    with pytest.raises(SystemExit):
        main(["valdate"])
    assert "validate" in capsys.readouterr().err
