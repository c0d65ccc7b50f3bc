"""``jde-facts``: reads a JD Edwards site's decimals once and keeps them with the settings."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from data_sync.cli.output import say
from data_sync.errors import ConfigurationError
from data_sync.settings.load import ROOT, load_options, options_path, sources_folder

if TYPE_CHECKING:
    from data_sync.fetchers.columns import ColumnSpec
    from data_sync.fetchers.jde.site import JdeSite


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "jde-facts", help="read decimals from JD Edwards' data dictionary and keep them with the settings"
    )
    parser.add_argument("system", metavar="SYSTEM", help="the source system, such as JDE")
    parser.add_argument("--print", action="store_true", help="print them instead")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Read the facts, write the file that ``site.facts`` names, and print what differs from the column lists.

    :raises ConfigurationError: there is no such system, or it does not name its facts file
    """
    from data_sync.fetchers.jde.facts import read_facts, write_facts
    from data_sync.fetchers.jde.site import stated_site

    system = load_options(options_path()).source_systems.get(chosen.system)
    if system is None:
        raise ConfigurationError(f"{chosen.system!r} is not a source system of {options_path()}")
    site = stated_site(system, chosen.system)
    columns = list(_columns(chosen.system, site))
    facts = read_facts(system, site, columns)
    for line in _differences(columns, facts.decimals):
        say(line)
    if chosen.print:
        say(facts.model_dump_json())
        return 0
    if site.facts is None:
        raise ConfigurationError(
            f"source system {chosen.system}, site.facts: is missing; write the name of the file to keep "
            "them in, relative to include/, such as sites/JDE.yaml"
        )
    path = sources_folder().parent / site.facts
    write_facts(path, chosen.system, facts)
    say(f"{path}: {len(facts.decimals)} data items, {len(facts.amount_decimals)} companies and currencies")
    return 0


def _columns(system: str, site: JdeSite) -> Iterator[ColumnSpec]:
    """Yield the columns of the system's tables, as they are declared: valid without a facts file."""
    from data_sync.fetchers.jde.fetcher import JdeFetchSettings
    from data_sync.settings.source_files import read_entries

    for entry in read_entries(sources_folder(), ROOT)[0]:
        if entry.merged.get("source_system") == system and entry.merged.get("fetcher") == "jde":
            settings = JdeFetchSettings.model_validate(entry.merged.get("fetch") or {})
            yield from settings.columns.values()
            yield from (site.table(settings.table).columns or {}).values()


def _differences(columns: list[ColumnSpec], decimals: dict[str, int]) -> Iterator[str]:
    declared = {spec.source[0].upper(): spec.scale for spec in columns if spec.type == "decimal"}
    for item, scale in sorted(declared.items()):
        if item not in decimals:
            yield f"{item}: not in the data dictionary; the column lists' {scale} decimals hold"
        elif decimals[item] != scale:
            yield f"{item}: {decimals[item]} decimals, where the column lists say {scale}"
