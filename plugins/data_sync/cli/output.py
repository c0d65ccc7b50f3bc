"""How commands print: lines, tables for people, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 250
"""Columns of a table that goes to a file or a pipe, where nothing has to fit a window."""


def say(text: str) -> None:
    """Print one line, whatever line breaks a message quotes."""
    sys.stdout.write(" ".join(text.split("\n")) + "\n")


def say_json(value: Any) -> None:
    """Print a value as JSON."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def console() -> Console:
    """Return what tables are printed on: coloured and fitted in a terminal, plain and wide elsewhere."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)


def say_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their headings.

    :param rows: cells as text; square brackets are printed as they are
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    console().print(table)


STYLES = {
    "Healthy": "green",
    "Degraded": "yellow",
    "Unhealthy": "bold red",
    "Mass": "bold magenta",
    "Daily": "bold cyan",
    "Hourly": "bold green",
}
"""The colours of words that stand alone in a cell."""


def show(instant: datetime | None, otherwise: str = "–") -> str:
    """Return an instant for people, in UTC to the minute."""
    return f"{instant.astimezone(timezone.utc):%Y-%m-%d %H:%M}" if instant else otherwise
