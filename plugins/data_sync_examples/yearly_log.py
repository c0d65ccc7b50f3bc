"""A fetcher that runs SQL of its own: a log that the source keeps in a table for each year."""

from __future__ import annotations

from datetime import datetime

from data_sync.fetchers.base import Window
from data_sync.fetchers.cms import TablePath
from data_sync.fetchers.columns import SourceName
from data_sync.fetchers.sql import OdbcFetcher, OdbcFetchSettings


class YearlyLogSettings(OdbcFetchSettings):
    """What stands under ``fetch:``.

    :ivar table: what the tables are called before the year, such as EVENTS for EVENTS_2026
    :ivar stamp: the column that tells when a row was written
    :ivar first_year: the year of the oldest table
    """

    table: TablePath
    stamp: SourceName
    first_year: int


class YearlyLogFetcher(OdbcFetcher):
    """Reads the tables of the years that a window touches."""

    Settings = YearlyLogSettings
    settings: YearlyLogSettings

    def statement(self, window: Window) -> tuple[str, list[str | None]]:
        """Return the query with ``?`` for each parameter, and the parameters as text."""
        start = self.bounds(window)["minimum_dt"]
        first = max(self.settings.first_year, int(start[:4]) if start else 0)
        last = (window.maximum_dt or datetime.now(self.zone)).astimezone(self.zone).year
        where = f" WHERE {self.settings.stamp} >= ?" if start else ""
        years = [f"SELECT * FROM {self.settings.table}_{year}{where}" for year in range(first, last + 1)]
        return "\nUNION ALL\n".join(years), [start] * len(years) if start else []
