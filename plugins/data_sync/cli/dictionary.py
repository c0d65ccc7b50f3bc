"""``dictionary``: writes the data dictionary from the data sources."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from data_sync.cli.exit_codes import EXIT_FAILED
from data_sync.cli.output import say
from data_sync.project import load_settings
from data_sync.settings.load import ROOT


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("dictionary", help="write the data dictionary from the data sources")
    parser.add_argument("--file", type=Path, default=ROOT / "docs" / "data-dictionary.md")
    parser.add_argument("--check", action="store_true", help="only check whether the file is up to date")
    parser.add_argument("--print", action="store_true", help="print it instead")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write, print or check the page; a stale page makes the check fail."""
    from data_sync.cli.data_dictionary import dictionary

    text = dictionary(load_settings())
    if chosen.print:
        sys.stdout.write(text)
        return 0
    if chosen.check:
        kept = chosen.file.read_text(encoding="utf-8") if chosen.file.is_file() else ""
        if kept != text:
            say(f"{chosen.file} is out of date; run python -m data_sync dictionary")
            return EXIT_FAILED
        return 0
    chosen.file.parent.mkdir(parents=True, exist_ok=True)
    chosen.file.write_text(text, encoding="utf-8")
    say(str(chosen.file))
    return 0
