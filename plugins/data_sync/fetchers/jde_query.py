"""The query that reads a JDE table: its columns, and the window in the source's own clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from data_sync.fetchers.base import Window

_CLOCK_CHANGE = timedelta(hours=3)
"""A clock change is looked for this far from a window's edge; no zone changes by more at once."""


def select(columns: Sequence[str], table: str, conditions: Sequence[str]) -> str:
    """Return a SELECT; the same text suits Oracle, SQL Server, Db2 and PostgreSQL."""
    where = "\nWHERE " + "\n  AND ".join(f"({condition})" for condition in conditions) if conditions else ""
    return f"SELECT {', '.join(columns)}\nFROM {table}{where}"


def window_conditions(day: str, second: str | None, window: Window, zone: str) -> list[str]:
    """Return the conditions that a date column and a time column lie in a window.

    Rows without a stamp are only read when the window is open on both sides.
    The figures are whole numbers made here, so they stand in the text.
    """
    conditions = []
    if window.minimum_dt is not None:
        date, time = figures(earliest_wall_time(window.minimum_dt, zone))
        conditions.append(
            f"{day} > {date} OR ({day} = {date} AND {second} >= {time})" if second else f"{day} >= {date}"
        )
    if window.maximum_dt is not None:
        date, time = figures(latest_wall_time(window.maximum_dt, zone))
        conditions.append(
            f"{day} < {date} OR ({day} = {date} AND {second} < {time})" if second else f"{day} <= {date}"
        )
        if window.minimum_dt is None:
            conditions.append(f"{day} <> 0")
    return conditions


def earliest_wall_time(instant: datetime, zone: str) -> datetime:
    """Return the earliest time that the source's clock shows at or after an instant.

    When the clock is about to be put back, rows written after that carry earlier times than the instant's
    own; the window begins early enough to have them.
    """
    local = instant.astimezone(ZoneInfo(zone))
    soon = (instant.astimezone(timezone.utc) + _CLOCK_CHANGE).astimezone(ZoneInfo(zone))
    back = (local.utcoffset() or timedelta()) - (soon.utcoffset() or timedelta())
    return local.replace(tzinfo=None) - max(back, timedelta())


def latest_wall_time(instant: datetime, zone: str) -> datetime:
    """Return a time later than all that the source's clock shows before an instant."""
    local = instant.astimezone(ZoneInfo(zone))
    before = (instant.astimezone(timezone.utc) - _CLOCK_CHANGE).astimezone(ZoneInfo(zone))
    back = (before.utcoffset() or timedelta()) - (local.utcoffset() or timedelta())
    late = local.replace(tzinfo=None) + max(back, timedelta())
    return late + timedelta(seconds=math.ceil(late.microsecond / 1e6), microseconds=-late.microsecond)


def figures(wall: datetime) -> tuple[int, int]:
    """Return a wall-clock time as CYYDDD and HHMMSS, fractions of a second cut off."""
    date = (wall.year - 1900) * 1000 + wall.timetuple().tm_yday
    return date, wall.hour * 10_000 + wall.minute * 100 + wall.second
