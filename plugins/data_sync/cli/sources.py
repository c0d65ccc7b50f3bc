"""``sources``: what is configured."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from data_sync.cli.arguments import add_json, add_tables, chosen_sources
from data_sync.cli.output import say, say_json, say_table
from data_sync.project import load_settings
from data_sync.settings.durations import format_duration
from data_sync.settings.load_method import LoadMethod
from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource, WarehouseOptions

_COLUMNS = ("table", "system", "fetcher", "target", "keys", "mass", "daily", "hourly", "enabled", "owner")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("sources", help="list the configured tables")
    add_tables(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the valid data sources; ``validate`` lists the problems of the others."""
    settings = load_settings()
    sources = chosen_sources(settings, chosen.tables)
    if chosen.json:
        say_json([source.model_dump(mode="json") for source in sources])
        return 0
    say_table(_COLUMNS, [_row(source, settings.options.warehouse) for source in sources])
    if settings.problems:
        say(f"{len(settings.problems)} problems with others; run validate to see them")
    return 0


def _row(source: DataSource, options: WarehouseOptions) -> list[str]:
    return [
        source.table_name,
        source.source_system,
        source.fetcher,
        f"{source.target_schema or options.target_schema}.{source.table_name}",
        ", ".join(source.keys),
        *(_schedule(source, kind) for kind in UpdateType),
        "yes" if source.is_enabled else "no",
        source.owner,
    ]


def _schedule(source: DataSource, kind: UpdateType) -> str:
    config = source.schedule(kind)
    if config is None:
        return "–"
    method = source.load_method(kind)
    return format_duration(config.interval) + ("" if method is LoadMethod.MERGE else f" {method.value}")
