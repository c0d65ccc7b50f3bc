"""Measures how long Airflow takes to parse the DAG file, by the number of data sources."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.benchmarks.ground import TABLE, shipped_source

from data_sync.settings.load import ROOT

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
    """Write copies of the shipped data source that is measured, a few to a file.

    :param folder: an empty folder, which becomes the folder of data sources
    """
    shipped = shipped_source()
    for start in range(0, count, SOURCES_PER_FILE):
        numbers = range(start, min(start + SOURCES_PER_FILE, count))
        content = {"data_sources": [{**shipped, "table_name": f"{TABLE}{number:05d}"} for number in numbers]}
        file = folder / f"sources_{start:05d}.yaml"
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


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
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "0",  # a slow parse is a figure here, not an error
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
