"""Loads the options and the data sources from YAML.

A wrong options file stops everything; a wrong data source only loses itself and is reported.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from data_sync.errors import ConfigurationError
from data_sync.settings.models import DataSource, DataSyncOptions, SourceSystem
from data_sync.settings.problems import (
    Problem,
    SourceProblem,
    WithoutEffect,
    dotted,
    explain,
    suggestion,
)
from data_sync.settings.source_files import Entry, label, read_entries
from data_sync.settings.without_effect import without_effect
from data_sync.settings.yaml_file import read_yaml

ROOT = Path(__file__).resolve().parents[3]
"""The project: the folder that holds ``plugins`` and ``include``."""

Check = Callable[[DataSource, SourceSystem, Path], Iterable[Problem]]
"""Finds what is wrong with a data source, its source system and the folder that its files start from."""


@dataclass(frozen=True)
class Settings:
    """Everything that configuration says.

    :ivar options: what holds for all data sources; ``spool`` is always set
    :ivar sources: the valid data sources by table name, sorted
    :ivar problems: each thing that is wrong with the other data sources
    :ivar include: the folder that relative file names in data sources start from: the one that holds
        the folder of data sources
    """

    options: DataSyncOptions
    sources: dict[str, DataSource]
    problems: tuple[SourceProblem, ...]
    include: Path

    def source(self, table_name: str) -> DataSource:
        """Return the data source of a table.

        :raises ConfigurationError: there is none of that name, or it is not valid; the message says what
            is wrong with it, or which name is near
        """
        if table_name in self.sources:
            return self.sources[table_name]
        own = [problem.text for problem in self.problems if table_name in problem.tables]
        if own:
            raise ConfigurationError("\n".join(own))
        # What a file that cannot be read would have configured, nobody knows.
        unknown = [problem.text for problem in self.problems if not problem.tables]
        text = f"{table_name!r} is not a configured table; {suggestion(table_name, list(self.sources))}"
        raise ConfigurationError("\n".join([text, *unknown]))


def load_settings(check: Check) -> Settings:
    """Load the options and the data sources; :func:`data_sync.project.load_settings` knows what to check.

    Read from ``include/data_sync.yaml`` and ``include/data_sources/``, or from the file and the folder
    that the environment variables ``DATA_SYNC_OPTIONS`` and ``DATA_SYNC_SOURCES`` name.
    ``DATA_SYNC_SPOOL`` overrides the options' ``spool``.

    :param check: finds what is wrong with a data source whose settings are valid by themselves
    :raises ConfigurationError: the options file is missing or wrong
    """
    options_file, folder = locations()
    options = load_options(options_file)
    entries, problems = read_entries(folder, ROOT)
    entries = _unique(entries, problems)
    sources: dict[str, DataSource] = {}
    found: list[tuple[Entry, Problem]] = []
    for entry in entries:
        source, wrong = _build(entry, options, label(options_file, ROOT), folder.parent, check)
        found += [(entry, problem) for problem in wrong]
        if source is not None:
            sources[entry.name] = source
    found = _without_useful_defaults(found, entries)
    for entry, _ in found:
        sources.pop(entry.name, None)
    problems += _told_once(found)
    return Settings(options, dict(sorted(sources.items())), tuple(problems), folder.parent)


def locations() -> tuple[Path, Path]:
    """Return the options file and the folder of data sources that :func:`load_settings` reads."""
    return options_path(), sources_folder()


def sources_folder() -> Path:
    """Return the folder of data sources."""
    return _path("DATA_SYNC_SOURCES", ROOT / "include" / "data_sources")


def options_path() -> Path:
    """Return the options file."""
    return _path("DATA_SYNC_OPTIONS", ROOT / "include" / "data_sync.yaml")


def load_options(path: Path) -> DataSyncOptions:
    """Load the options from a file.

    :raises ConfigurationError: it is missing or wrong; the message lists everything that is
    """
    file = read_yaml(path, label(path, ROOT))
    if not isinstance(file.data, dict | None):
        raise ConfigurationError(f"{file.label}: holds no mapping; write one option per line, name: value")
    data = dict(file.data or {})
    spool = os.environ.get("DATA_SYNC_SPOOL")
    if spool:
        data["spool"] = spool
    elif data.get("spool") is None:
        data["spool"] = str(
            Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "data_sync_spool"
        )
    try:
        return DataSyncOptions.model_validate(data)
    except ValidationError as error:
        messages = [
            f"{file.place(path)}, {dotted(path)}: {text}" for path, text in explain(error, DataSyncOptions)
        ]
        raise ConfigurationError("\n".join(messages)) from None


def _path(variable: str, default: Path) -> Path:
    value = os.environ.get(variable)
    return Path(value).expanduser().absolute() if value else default


def _unique(entries: list[Entry], problems: list[SourceProblem]) -> list[Entry]:
    """Return the entries whose table no other entry has; SQL Server's names ignore case."""
    groups: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.table_name.casefold() or f"{entry.file.label}:{entry.index}"].append(entry)
    for group in groups.values():
        if len(group) > 1:
            places = " and ".join(entry.place(("table_name",)) for entry in group)
            text = (
                f"{places}, {group[0].name}, table_name: {group[0].name!r} is used {len(group)} times; "
                "none of them runs until each data source has a table of its own"
            )
            problems.append(SourceProblem(text, tuple(dict.fromkeys(entry.table_name for entry in group))))
    return [group[0] for group in groups.values() if len(group) == 1]


def _build(
    entry: Entry, options: DataSyncOptions, options_label: str, base: Path, check: Check
) -> tuple[DataSource | None, list[Problem]]:
    """Return the validated data source, if it can be built, and everything that is wrong with it."""
    try:
        source = DataSource.model_validate(entry.merged)
    except ValidationError as error:
        return None, list(explain(error, DataSource))
    system = options.source_systems.get(source.source_system)
    if system is None:
        text = f"{source.source_system!r} is not a source system of {options_label}; "
        known = sorted(options.source_systems)
        return None, [Problem(("source_system",), f"{text}{suggestion(source.source_system, known)}")]
    if (source.target_schema or "").casefold() == options.warehouse.staging_schema.casefold():
        text = f"{source.target_schema!r} is kept for staging tables; write another schema"
        return None, [Problem(("target_schema",), text)]
    return source, [*without_effect(source), *check(source, system, base)]


def _without_useful_defaults(
    found: list[tuple[Entry, Problem]], entries: list[Entry]
) -> list[tuple[Entry, Problem]]:
    """Leave out the defaults that do nothing for one data source of their file, but do for another."""

    def default(entry: Entry, problem: Problem) -> tuple[str, tuple[Hashable, ...]] | None:
        is_default = isinstance(problem, WithoutEffect) and entry.from_defaults(problem.path)
        return (entry.file.label, problem.path) if is_default else None

    in_file = Counter(entry.file.label for entry in entries)
    idle = Counter(default(*one) for one in found)
    return [one for one in found if (key := default(*one)) is None or idle[key] == in_file[one[0].file.label]]


def _told_once(found: list[tuple[Entry, Problem]]) -> list[SourceProblem]:
    """Return the problems of entries, and then those of defaults, each once for all that use it."""
    problems = []
    from_defaults: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry, problem in found:
        if entry.from_defaults(problem.path):
            place = f"{entry.place(problem.path)}, defaults, {dotted(problem.path)}: {problem.text}"
            from_defaults[place].append(entry)
        else:
            problems.append(entry.explained(problem))
    problems += [
        SourceProblem(
            f"{text} (used by {', '.join(entry.name for entry in users)})",
            tuple(table for entry in users for table in entry.tables),
        )
        for text, users in from_defaults.items()
    ]
    return problems
