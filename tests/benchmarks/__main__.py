"""``python -m tests.benchmarks``: measures the steps of a sync, or with ``--parse`` the DAG file."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.ground import prepared
from tests.benchmarks.parse import parse
from tests.benchmarks.report import print_parse, print_steps
from tests.benchmarks.steps import Benchmark


def main() -> int:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="data_sync_bench_", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        if arguments.parse:
            measure_parse(Path(folder), arguments.parse)
        else:
            measure_steps(Path(folder), arguments)
    return 0


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the table")
    parser.add_argument("--batch-size", type=int, default=1_000_000, help="rows per batch")
    parser.add_argument("--warehouse", choices=["postgres", "mssql"], default="postgres",
                        help="the embedded PostgreSQL, or the endpoint in DATA_SYNC_TEST_MSSQL")  # fmt: skip
    parser.add_argument("--repeat", type=int, default=1, help="runs of each step; the shortest counts")
    parser.add_argument("--parse", type=int, nargs="?", const=1000, metavar="N",
                        help="measure the parsing of N generated data sources instead")  # fmt: skip
    arguments = parser.parse_args()
    if arguments.warehouse == "mssql" and not os.environ.get("DATA_SYNC_TEST_MSSQL"):
        parser.error("--warehouse mssql needs DATA_SYNC_TEST_MSSQL, such as mssql://user:password@host/db")
    return arguments


def measure_parse(folder: Path, count: int) -> None:
    """Parse one and many data sources and print both."""
    found = []
    for number in (1, count):
        (folder / str(number)).mkdir(exist_ok=True)
        found.append(parse(folder / str(number), number))
    print_parse(*found)


def measure_steps(folder: Path, arguments: argparse.Namespace) -> None:
    """Measure all steps and print them."""
    print(
        f"{arguments.rows:,} rows in batches of {arguments.batch_size:,}, {arguments.warehouse}, "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )
    with prepared(folder, arguments.rows, arguments.warehouse, arguments.batch_size):
        print_steps(Benchmark(arguments.repeat).run())


if __name__ == "__main__":
    sys.exit(main())
