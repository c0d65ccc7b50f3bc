"""``preview``: shows a few rows of a source as they would arrive, to check its settings by eye."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from data_sync.cli.arguments import chosen_sources
from data_sync.cli.output import say_table
from data_sync.errors import ConfigurationError
from data_sync.project import load_settings


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("preview", help="show a few rows of a source as they would arrive")
    parser.add_argument("table", metavar="TABLE")
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument("--sql", action="store_true", help="print the query instead of running it")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print rows, each value under its target column.

    :raises ConfigurationError: no such table, or its fetcher reads no table column by column
    """
    from data_sync.fetchers.cms import CmsMisDataFetcher
    from data_sync.fetchers.jde.fetcher import JdeFetcher
    from data_sync.fetchers.registry import make_fetcher

    settings = load_settings()
    (source,) = chosen_sources(settings, [chosen.table])
    system = settings.options.source_systems[source.source_system]
    fetcher = make_fetcher(source, system, settings.include)
    if not isinstance(fetcher, JdeFetcher | CmsMisDataFetcher):
        raise ConfigurationError(f"{source.table_name}: the fetcher {source.fetcher!r} has no preview")
    if chosen.sql:
        sys.stdout.write(fetcher.preview_sql(chosen.rows) + "\n")
        return 0
    frames: Any = fetcher.preview(chosen.rows)
    table = frames.read_all()
    rows = [["–" if value is None else str(value) for value in row.values()] for row in table.to_pylist()]
    say_table(table.column_names, rows)
    return 0
