"""``schema``: writes the JSON Schemas that editors check the YAML with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from data_sync.cli.output import say
from data_sync.settings.load import ROOT


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("schema", help="write the JSON Schemas that editors check the YAML with")
    parser.add_argument("--folder", type=Path, default=ROOT / "include" / "schema")
    parser.add_argument("--print", choices=["data_sync", "data_sources"], help="print one instead")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write both schemas, or print one."""
    from data_sync.settings.schema import schemas

    if chosen.print:
        sys.stdout.write(schemas()[f"{chosen.print}.schema.json"])
        return 0
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (chosen.folder / name).write_text(text, encoding="utf-8")
        say(str(chosen.folder / name))
    return 0
