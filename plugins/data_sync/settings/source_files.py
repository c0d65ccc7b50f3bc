"""Reads the files of data sources: entries merged with their file's defaults."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_sync.errors import ConfigurationError
from data_sync.settings.problems import Problem, SourceProblem, dotted, suggestion
from data_sync.settings.yaml_file import YamlFile, read_yaml

_TOP_LEVEL = ("defaults", "data_sources")


@dataclass(frozen=True)
class Entry:
    """One entry of a file's ``data_sources``.

    :ivar file: where it stands
    :ivar index: its position in the list
    :ivar own: what the entry itself says
    :ivar merged: the same over the file's defaults
    """

    file: YamlFile
    index: int
    own: Mapping[str, Any]
    merged: Mapping[str, Any]

    @property
    def table_name(self) -> str:
        """The table name; empty when there is none or it is no text."""
        table_name = self.merged.get("table_name")
        return table_name if isinstance(table_name, str) else ""

    @property
    def name(self) -> str:
        """How messages call the entry: by table name, or by position when there is none."""
        return self.table_name or f"data_sources[{self.index}]"

    def place(self, path: tuple[Hashable, ...] = ()) -> str:
        """Return ``file:line`` of a setting of this entry, wherever it was written."""
        if self.from_defaults(path):
            return self.file.place(("defaults", *path))
        return self.file.place(("data_sources", self.index, *path))

    def from_defaults(self, path: tuple[Hashable, ...]) -> bool:
        """Whether the setting at ``path`` comes from the file's defaults."""
        return (
            bool(path) and not _contains(self.own, path) and _contains(self.file.data.get("defaults"), path)
        )

    @property
    def tables(self) -> tuple[str, ...]:
        """The table that the entry's problems are about; empty when it has no name."""
        return (self.table_name,) if self.table_name else ()

    def explained(self, problem: Problem) -> SourceProblem:
        """Return the problem with file, line, table and setting in front."""
        parts = [self.place(problem.path), self.name, dotted(problem.path)]
        return SourceProblem(f"{', '.join(part for part in parts if part)}: {problem.text}", self.tables)


def read_entries(folder: Path, root: Path) -> tuple[list[Entry], list[SourceProblem]]:
    """Read all data sources in a folder's ``*.yaml`` and ``*.yml`` files.

    :param root: file names in messages are relative to it where possible
    :returns: the entries, in the order of files and lines, and what was wrong with files or lists
    """
    entries: list[Entry] = []
    problems: list[SourceProblem] = []
    if not folder.is_dir():
        text = f"{label(folder, root)}: there is no such folder; create it or set DATA_SYNC_SOURCES"
        problems.append(SourceProblem(text))
        return entries, problems
    for path in sorted(folder.iterdir()):
        if path.suffix not in {".yaml", ".yml"} or path.name.startswith("."):
            continue
        try:
            file = read_yaml(path, label(path, root))
        except ConfigurationError as error:
            problems.append(SourceProblem(str(error)))
            continue
        if file.data is not None:
            found, wrong = _entries(file)
            entries += found
            problems += map(SourceProblem, wrong)
    return entries, problems


def label(path: Path, root: Path) -> str:
    """Return how messages name a file: relative to the project where it lies inside."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _entries(file: YamlFile) -> tuple[list[Entry], list[str]]:
    """Return a file's entries, and what is wrong with the file around them."""
    if not isinstance(file.data, dict):
        return [], [f"{file.place(())}: holds no mapping; write data_sources: and a list below it"]
    wrong = [
        f"{file.place((key,))}, {key}: unknown field; {suggestion(key, _TOP_LEVEL)}"
        for key in file.data
        if key not in _TOP_LEVEL
    ]
    defaults, sources = file.data.get("defaults"), file.data.get("data_sources")
    if defaults is not None and not isinstance(defaults, dict):
        return [], [*wrong, f"{file.place(('defaults',))}, defaults: is no mapping; write settings below it"]
    if not isinstance(sources, list):
        place = file.place(("data_sources",))
        return [], [*wrong, f"{place}, data_sources: write a list of data sources"]
    entries = []
    for index, own in enumerate(sources):
        if isinstance(own, dict):
            entries.append(Entry(file, index, own, _merge(defaults or {}, own)))
        else:
            place = file.place(("data_sources", index))
            wrong.append(f"{place}, data_sources[{index}]: {own!r} is no data source; write its settings")
    return entries, wrong


def _merge(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``own`` over ``defaults``: mappings are merged key by key, anything else replaces."""
    merged = dict(defaults)
    for key, value in own.items():
        under = merged.get(key)
        merged[key] = _merge(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _contains(data: Any, path: tuple[Hashable, ...]) -> bool:
    for part in path:
        inside = part in data if isinstance(data, dict) else False
        if isinstance(data, list) and isinstance(part, int):
            inside = part < len(data)
        if not inside:
            return False
        data = data[part]
    return True
