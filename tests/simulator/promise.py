"""What the target must show after the successes that the log tells of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.simulator.source import MemoryFetchSettings, Source, Version, in_window

from data_sync.fetchers.base import Window
from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from data_sync.updates.task import DataUpdateTask


@dataclass(frozen=True)
class Claim:
    """One success in the log.

    :param task: the update
    :param read_dt: when it began to read the source
    :param definition: as what it read it
    :param lookbacks: the lookbacks of the types when it was decided
    :param purges: whether it deletes what it did not read
    """

    task: DataUpdateTask
    read_dt: datetime
    definition: MemoryFetchSettings
    lookbacks: Mapping[UpdateType, timedelta]
    purges: bool

    def covers(self, version: Version) -> bool:
        """Return whether the success says that a version, which could be read, is in the target.

        A full read takes what there is. Changes are promised where their stamps tell of them: those in the
        window, and those that were committed within the lookback, of which earlier updates read the others.
        """
        if self.task.minimum_dt is None and self.task.maximum_dt is None:
            return True
        if not version.is_honest:
            return False
        if in_window(version, Window(self.task.minimum_dt, self.task.maximum_dt)):
            return True
        return self.task.advances_watermark and version.committed - self._stamp(version) <= self._lateness(
            version
        )

    @staticmethod
    def _stamp(version: Version) -> datetime:
        assert version.stamp is not None
        return version.stamp

    def _lateness(self, version: Version) -> timedelta:
        """Return how late a version may have been committed, by what was promised then and is now."""
        kind = self.task.update_type
        longest = max(self.lookbacks.values())
        then = version.lookbacks.get(kind, timedelta(0))
        found = min(then, self.lookbacks[kind])
        if self.lookbacks[kind] == longest:
            found = max(found, min(version.promised, max(version.lookbacks.values(), default=timedelta(0))))
        return found


@dataclass
class Promise:
    """The oldest version of each row that the target may show, by the definition as which it was read."""

    floors: dict[MemoryFetchSettings, dict[int, int]] = field(default_factory=dict)

    def add(self, claim: Claim, source: Source) -> None:
        """Count one more success."""
        floors = self.floors.setdefault(claim.definition, {})
        for key, versions in source.rows.items():
            place = source.place(key, claim.read_dt)
            row = claim.definition.row(key, versions[place]) if place >= 0 else None
            if claim.purges if row is None else claim.covers(versions[place]):
                floors[key] = max(floors.get(key, -1), place)

    def broken_by(
        self, target: Mapping[int, tuple[int, ...]], definition: MemoryFetchSettings, source: Source
    ) -> list[str]:
        """Return in which rows the target breaks the promise."""
        found = []
        for key, floor in sorted(self.floors.get(definition, {}).items()):
            versions = source.rows[key]
            allowed = [definition.row(key, version) for version in versions[max(floor, 0) :]]
            if floor < 0:
                allowed.append(None)
            if target.get(key) not in allowed:
                found.append(f"row {key} is {target.get(key)}, not one of {allowed}")
        return found
