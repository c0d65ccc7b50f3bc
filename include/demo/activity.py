"""Plays what people do in the ERP: new rows, changed rows, rows changed twice, rows committed late with an
old stamp, and rows changed without a new stamp.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from demo.embedded_postgres import EmbeddedPostgres
from demo.sources import JDE_TABLES, run_script


def play(server: EmbeddedPostgres, round_number: int) -> None:
    """Play one round in both sample sources; another number touches other rows."""
    run_script(server, "jde", "jde/activity/setup.sql", {})
    for group in JDE_TABLES:
        run_script(server, "jde", f"jde/activity/{group}.sql", {"round": round_number})
    run_script(server, "jde", "jde/activity/teardown.sql", {})
    run_script(server, "cms", "cms_activity.sql", {"round": round_number})


def main() -> None:
    """Play one round of activity against the demo's sources."""
    parser = argparse.ArgumentParser(prog="python -m demo.activity", description=__doc__)
    parser.add_argument("--state", type=Path, default=Path(".state"), help="the demo's state folder")
    parser.add_argument("--round", type=int, default=1, help="which rows to touch: 0 to 96")
    arguments = parser.parse_args()
    play(EmbeddedPostgres(arguments.state / "postgres").start(), arguments.round)
    print(f"played round {arguments.round}")


if __name__ == "__main__":
    main()
