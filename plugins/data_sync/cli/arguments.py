"""The arguments that several commands share, and what they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from data_sync.settings.instants import parse_instant

if TYPE_CHECKING:
    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource


def add_json(parser: argparse.ArgumentParser) -> None:
    """Let a command print JSON."""
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")


def add_tables(parser: argparse.ArgumentParser) -> None:
    """Let a command take names of tables."""
    parser.add_argument("tables", metavar="TABLE", nargs="*", help="only these tables; all without")


def instant(text: str) -> datetime:
    """Return what :func:`data_sync.settings.instants.parse_instant` does, with its message for argparse.

    :raises argparse.ArgumentTypeError: the text is not a timestamp
    """
    try:
        return parse_instant(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def chosen_sources(settings: Settings, names: Sequence[str]) -> list[DataSource]:
    """Return the data sources of the named tables, or all.

    :raises ConfigurationError: there is none of that name; the message says which is near, or why it is
        not valid
    """
    return [settings.source(name) for name in names] if names else list(settings.sources.values())
