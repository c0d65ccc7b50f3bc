"""Stops what a demo that was killed left running."""

from __future__ import annotations

import argparse
from pathlib import Path

from demo.airflow_stack import ROOT, AirflowStack


def main() -> None:
    """Stop Airflow and the embedded PostgreSQL of one state folder."""
    parser = argparse.ArgumentParser(prog="python -m demo.down", description=__doc__)
    parser.add_argument(
        "--state", type=Path, default=ROOT / ".state" / "demo", help="the demo's state folder"
    )
    stack = AirflowStack(parser.parse_args().state)
    stack.end_leftovers()
    stack.postgres.stop()


if __name__ == "__main__":
    main()
