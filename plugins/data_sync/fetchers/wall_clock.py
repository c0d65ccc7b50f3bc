"""The wall-clock times that bound a window in the source's own time zone, without losing a row."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def wall_clock_from(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return a wall-clock time that no later instant's clock shows less than.

    In the first run through an hour that a clock change repeats, the clock is about to be set back, so
    the bound lies that much earlier.

    :param instant: aware
    :returns: naive, to the second, in ``zone``
    """
    local = instant.astimezone(zone)
    earlier = _set_back(local) if local.fold == 0 else timedelta(0)
    return local.replace(tzinfo=None, microsecond=0, fold=0) - earlier


def wall_clock_before(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return a wall-clock time that every earlier instant's clock shows less than.

    In the second run through a repeated hour the clock has shown later times already, so the bound
    lies that much later.

    :param instant: aware
    :returns: naive, rounded up to the second, in ``zone``
    """
    local = instant.astimezone(zone)
    later = _set_back(local) if local.fold == 1 else timedelta(0)
    later += timedelta(seconds=1 if local.microsecond else 0)
    return local.replace(tzinfo=None, microsecond=0, fold=0) + later


def _set_back(local: datetime) -> timedelta:
    """Return by how much the clock is set back round this time; zero where it is not repeated."""
    first, second = (local.replace(fold=fold).utcoffset() or timedelta(0) for fold in (0, 1))
    return max(first - second, timedelta(0))
