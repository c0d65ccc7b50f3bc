"""The measured process: calls one function of this package and prints result, seconds and peak memory."""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path

_STATUS = Path("/proc/self/status")

WARM = (
    "airflow.sdk",
    "arrow_odbc",
    "adbc_driver_postgresql.dbapi",
    "psycopg",
    "pyarrow.compute",
    "pyarrow.parquet",
)
"""Imported before the clock starts, so that neither side pays for loading libraries."""


def peak_mib() -> float:
    """Return the most physical memory that this process has held, in MiB.

    Linux counts it from the start of the program; getrusage would count the parent's memory at the fork.
    """
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


def main() -> None:
    module, function, arguments = sys.argv[1:]
    for name in WARM:
        importlib.import_module(name)
    call = getattr(importlib.import_module(f"{__package__}.{module}"), function)
    start, cpu = time.perf_counter(), time.process_time()
    result = call(**json.loads(arguments))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(json.dumps({"result": result, "seconds": seconds, "cpu_seconds": cpu, "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main()
