"""Renders the query of a JD Edwards table: the columns, the cursor on its update stamp, the filter.

JD Edwards' names are plain upper-case words, so they need no quoting in any of its databases, and its
dates and times are numbers, so no database's date functions are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from data_sync.fetchers.base import Window
from data_sync.fetchers.odbc.dialects import Dialect, literal
from data_sync.fetchers.wall_clock import wall_clock_before, wall_clock_from

FilterValue = int | str | tuple[int | str, ...]


@dataclass(frozen=True)
class JdeQuery:
    """What to read from one table.

    :param table: the table's name with its owner, ready for the FROM clause
    :param prefix: what the table's columns begin with before the data item
    :param items: the data items to read, in order
    :param cursor: the data items of the update stamp's date and time; empty when there is none
    :param filters: data items and the value, or one of the values, that they must have
    :param widths: the length of right-justified data items, whose filter values are padded to it
    :param partition_by: the data item that parts are divided by; empty when there are none
    """

    table: str
    prefix: str
    items: Sequence[str]
    cursor: tuple[str, ...]
    filters: Mapping[str, FilterValue]
    widths: Mapping[str, int] = field(default_factory=dict)
    partition_by: str = ""

    def render(self, window: Window, zone: ZoneInfo, dialect: Dialect, *, rows: int | None = None) -> str:
        """Return the query's text for a window, whose bounds are computed numbers.

        Rows without a stamp (0) are only read by a window open on both sides.

        :param zone: the zone in which the source stamps its rows
        :param rows: how many rows to return at most; None for all
        """
        columns = [self.prefix + item for item in self.items]
        return dialect.select(columns, self.table, self.conditions(window, zone), rows=rows)

    def key_range(self, window: Window, zone: ZoneInfo, dialect: Dialect) -> str:
        """Return the query for the least and the greatest key that a window's parts are divided by."""
        key = self.prefix + self.partition_by
        return dialect.select([f"MIN({key})", f"MAX({key})"], self.table, self.conditions(window, zone))

    def conditions(self, window: Window, zone: ZoneInfo) -> list[str]:
        """Return what must hold for a row to be read."""
        conditions = [self._filter(item, value) for item, value in self.filters.items()]
        if window.minimum_dt is not None:
            conditions.append(self._bound(">", ">=", wall_clock_from(window.minimum_dt, zone)))
        if window.maximum_dt is not None:
            conditions.append(self._bound("<", "<", wall_clock_before(window.maximum_dt, zone)))
        if window.part is not None:
            conditions += window.part.conditions(self.prefix + self.partition_by)
        return conditions

    def _bound(self, strictly: str, at_last: str, wall: datetime) -> str:
        date, time = (self.prefix + item for item in self.cursor)
        day, seconds = cyyddd(wall), hhmmss(wall)
        return f"({date} {strictly} {day} OR ({date} = {day} AND {time} {at_last} {seconds}))"

    def _filter(self, item: str, value: FilterValue) -> str:
        values = value if isinstance(value, tuple) else (value,)
        width = self.widths.get(item, 0)
        listed = ", ".join(literal(str(one).rjust(width) if width else one) for one in values)
        return f"{self.prefix}{item} IN ({listed})"


def cyyddd(day: datetime) -> int:
    """Return a day as JD Edwards stores it: 126327 is 2026-11-23."""
    return (day.year - 1900) * 1000 + day.timetuple().tm_yday


def hhmmss(time: datetime) -> int:
    """Return a time of day as JD Edwards stores it: 93005 is 09:30:05."""
    return time.hour * 10_000 + time.minute * 100 + time.second
