"""Measures how long Airflow takes to parse the DAG file, by the number of data sources."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from data_sync.settings.load import ROOT
from tests.benchmarks.ground import TABLE

SOURCES_PER_FILE = 25

_PROGRAM = """\
import json, sys, time
from airflow.dag_processing.dagbag import DagBag
start, cpu = time.perf_counter(), time.process_time()
bag = DagBag(sys.argv[1], collect_dags=False)
bag.process_file(sys.argv[1], only_if_updated=False)
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
print(json.dumps({"dags": len(bag.dags), "errors": bag.import_errors, "seconds": seconds, "cpu": cpu}))
"""


@dataclass(frozen=True)
class Parse:
    """One parse of the DAG file in a fresh process.

    :param dags: DAGs found
    :param seconds: from handing the file to Airflow until the DAGs are there; Airflow itself was loaded
    :param cpu_seconds: what of these the processor worked for it, which other programs do not lengthen
    """

    dags: int
    seconds: float
    cpu_seconds: float


def write_sources(folder: Path, count: int) -> None:
    """Write data sources with the columns of the shipped one that is measured, a few to a file.

    :param folder: an empty folder, which becomes the folder of data sources
    """
    shipped = _shipped_fetch()
    for start in range(0, count, SOURCES_PER_FILE):
        numbers = range(start, min(start + SOURCES_PER_FILE, count))
        content = {
            "defaults": {
                "source_system": "JDE",
                "fetcher": "jde",
                "last_update_column": "LastUpdateDT",
                "create_table": True,
                "mass": {"interval": "7d", "prepurge_data": True},
                "daily": {"interval": "1d"},
                "hourly": {"interval": "1h"},
            },
            "data_sources": [_source(number, shipped) for number in numbers],
        }
        file = folder / f"sources_{start:05d}.yaml"
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _shipped_fetch() -> dict[str, object]:
    for file in sorted((ROOT / "include" / "data_sources").glob("*.yaml")):
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["data_sources"]:
            if source["table_name"] == TABLE:
                fetch: dict[str, object] = source["fetch"]
                return fetch
    raise LookupError(f"no data source {TABLE} is shipped")


def _source(number: int, fetch: dict[str, object]) -> dict[str, object]:
    return {
        "table_name": f"{TABLE}{number:05d}",
        "description": f"The item ledger of site {number}.",
        "keys": ["LedgerId"],
        "fetch": fetch,
    }


def parse(folder: Path, count: int) -> Parse:
    """Write so many data sources and let Airflow parse the DAG file in a fresh process.

    :param folder: an empty folder for configuration and Airflow's home
    :raises RuntimeError: the file could not be imported, or gave another number of DAGs
    """
    sources = folder / "data_sources"
    sources.mkdir()
    write_sources(sources, count)
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "DATA_SYNC_SOURCES": str(sources),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), str(ROOT / "include")]),
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(ROOT / "dags" / "data_sync.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found = json.loads(done.stdout.splitlines()[-1])
    if found["errors"] or found["dags"] != count:
        raise RuntimeError(f"{count} data sources gave {found['dags']} DAGs: {found['errors']}")
    return Parse(found["dags"], found["seconds"], found["cpu"])
