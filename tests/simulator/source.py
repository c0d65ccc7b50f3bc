"""The source of a simulation: a table in memory, with all that each of its rows ever was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from data_sync.fetchers.base import Fetcher, FetchSettings, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data_sync.settings.update_type import UpdateType


class Clock:
    """The virtual present. It lies in the past, so that no stamp is later than the database's own clock."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat("2026-01-01T00:00:00+00:00")

    def __call__(self) -> datetime:
        return self.now

    def tick(self, time: timedelta = timedelta(seconds=1)) -> None:
        """Let time go by."""
        self.now += time


@dataclass(frozen=True)
class Version:
    """What a row was from one commit to the next.

    :param number: unique, and the value that the target shows
    :param stamp: when it says that it was changed
    :param committed: from when on a reader sees it
    :param deleted: whether the row is gone
    :param is_honest: whether its stamp is later than all that the row had before
    :param lookbacks: how late after its stamp a commit may come, by the type of update, as configured then
    :param promised: the longest of that which an update had promised by then
    """

    number: int
    stamp: datetime | None
    committed: datetime
    deleted: bool
    is_honest: bool
    lookbacks: Mapping[UpdateType, timedelta]
    promised: timedelta


@dataclass
class Source:
    """The table: by key all versions of its row, in the order of their commits."""

    rows: dict[int, list[Version]] = field(default_factory=dict)
    numbers: int = 0

    def is_locked(self, key: int, at: datetime) -> bool:
        """Return whether a transaction that is not committed yet holds a row."""
        versions = self.rows.get(key)
        return bool(versions) and versions[-1].committed > at

    def add(
        self,
        key: int,
        stamp: datetime | None,
        committed: datetime,
        *,
        deleted: bool = False,
        lookbacks: Mapping[UpdateType, timedelta],
        promised: timedelta,
    ) -> None:
        """Change a row."""
        versions = self.rows.setdefault(key, [])
        before = [version.stamp for version in versions if version.stamp]
        is_honest = stamp is not None and all(stamp > one for one in before)
        self.numbers += 1
        versions.append(Version(self.numbers, stamp, committed, deleted, is_honest, lookbacks, promised))

    def place(self, key: int, at: datetime) -> int:
        """Return the place among a row's versions of the one that a reader sees; -1 before the first."""
        return sum(version.committed <= at for version in self.rows.get(key, ())) - 1

    def read(self, at: datetime) -> Iterator[tuple[int, Version]]:
        """Return keys and versions of the rows that a reader sees."""
        for key, versions in sorted(self.rows.items()):
            place = self.place(key, at)
            if place >= 0 and not versions[place].deleted:
                yield key, versions[place]


class MemoryFetchSettings(FetchSettings):
    """What stands under ``fetch:`` for a table in memory.

    :ivar world: the name of the source in :data:`SOURCES`
    :ivar factor: values are multiplied by it
    :ivar odd_only: leave out even keys
    :ivar extra: read one more column
    """

    world: str
    factor: int = 1
    odd_only: bool = False
    extra: bool = False

    def row(self, key: int, version: Version | None) -> tuple[int, ...] | None:
        """Return the columns' values but key and stamp; None where no such row is read."""
        if version is None or version.deleted or (self.odd_only and key % 2 == 0):
            return None
        value = version.number * self.factor
        return (value, version.number) if self.extra else (value,)


SOURCES: dict[str, tuple[Source, Clock]] = {}
"""The sources that fetchers read, by name."""

ROWS_PER_FRAME = 2


class MemoryFetcher(Fetcher):
    """Reads a table in memory, as of the virtual present."""

    Settings = MemoryFetchSettings
    settings: MemoryFetchSettings

    def fetch(self, window: Window) -> Iterator[pa.RecordBatch]:
        """Return the window's rows that are committed."""
        source, clock = SOURCES[self.settings.world]
        clock.tick()  # the source answers a little after it was asked
        found = [(key, version) for key, version in source.read(clock.now) if in_window(version, window)]
        rows = [self._row(key, version) for key, version in found if self.settings.row(key, version)]
        for start in range(0, max(len(rows), 1), ROWS_PER_FRAME):
            yield pa.RecordBatch.from_pylist(rows[start : start + ROWS_PER_FRAME], self._schema())

    def _schema(self) -> pa.Schema:
        fields = [pa.field("Id", pa.int64()), pa.field("Value", pa.int64())]
        if self.settings.extra:
            fields.append(pa.field("Extra", pa.int64()))
        if self.source.last_update_column:
            fields.append(pa.field("Stamp", pa.timestamp("us", "UTC")))
        return pa.schema(fields)

    def _row(self, key: int, version: Version) -> dict[str, Any]:
        values = self.settings.row(key, version) or ()
        return {"Id": key, **dict(zip(("Value", "Extra"), values, strict=False)), "Stamp": version.stamp}


def in_window(version: Version, window: Window) -> bool:
    """Return whether a version's stamp lies in a window; one without a stamp is in the open one alone."""
    if window.minimum_dt is None and window.maximum_dt is None:
        return True
    if version.stamp is None:
        return False
    after = window.minimum_dt is None or version.stamp >= window.minimum_dt
    return after and (window.maximum_dt is None or version.stamp < window.maximum_dt)
