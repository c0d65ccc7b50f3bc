"""The arguments that several commands share, and what they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from data_sync.errors import ConfigurationError

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
    """Return an ISO 8601 timestamp as aware UTC; without an offset it is taken as UTC.

    :raises argparse.ArgumentTypeError: the text is not a timestamp
    """
    try:
        value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an ISO 8601 timestamp; write one such as 2026-01-31T06:00:00+00:00"
        ) from None
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def chosen_sources(settings: Settings, names: Sequence[str]) -> list[DataSource]:
    """Return the data sources of the named tables, or all.

    :raises ConfigurationError: there is none of that name; the message says which is near, or why it is
        not valid
    """
    if not names:
        return list(settings.sources.values())
    return [_source(settings, name) for name in names]


def _source(settings: Settings, name: str) -> DataSource:
    from data_sync.settings.problems import suggestion

    if name in settings.sources:
        return settings.sources[name]
    problems = [text for text in settings.problems if name in text]
    if problems:
        raise ConfigurationError("\n".join(problems))
    raise ConfigurationError(
        f"{name!r} is not a configured table; {suggestion(name, list(settings.sources))}"
    )
