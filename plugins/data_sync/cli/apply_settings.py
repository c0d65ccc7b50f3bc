"""``apply-settings``: applies connections, pools and variables to Airflow."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from data_sync.cli.output import say
from data_sync.settings.load import ROOT, load_options, options_path


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("apply-settings", help="apply connections, pools and variables to Airflow")
    parser.add_argument("file", type=Path, nargs="?", default=ROOT / "airflow_settings.yaml")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Apply the file, and the warehouse's pool as the options size it, and print what changed."""
    from data_sync.cli.airflow_settings import apply_airflow_settings, read_airflow_settings

    options = load_options(options_path())
    for line in apply_airflow_settings(read_airflow_settings(chosen.file, options)):
        say(line)
    return 0
