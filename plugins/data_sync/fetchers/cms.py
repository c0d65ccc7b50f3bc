"""The fetcher of the CMS: a table with plain columns and one timestamp of its last change."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from data_sync.fetchers.base import Window
from data_sync.fetchers.columns import Columns, SourceName
from data_sync.fetchers.sql import OdbcFetcher, OdbcFetchSettings

TablePath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_#$@]+([./][A-Za-z0-9_#$@]+)*$")]
"""A table that needs no quoting, with its schema where one is needed."""


class CmsFetchSettings(OdbcFetchSettings):
    """What stands under ``fetch:`` for a table of the CMS.

    :ivar table: the table, with its schema where one is needed
    :ivar cursor: the column that tells when a row last changed; None reads all rows every time
    :ivar columns: target columns, the table's columns that fill them, and their types
    """

    table: TablePath
    cursor: SourceName | None = None
    columns: Columns


class CmsMisDataFetcher(OdbcFetcher):
    """Reads the rows whose timestamp lies in the window; rows without one only come with a full read."""

    Settings = CmsFetchSettings
    settings: CmsFetchSettings

    def statement(self, window: Window) -> tuple[str, list[str | None]]:
        """Return the query made from the column list."""
        items = dict.fromkeys(spec.source[0] for spec in self.settings.columns.values())
        text = f"SELECT {', '.join(items)}\nFROM {self.settings.table}"
        bounds = self.bounds(window)
        conditions, parameters = [], []
        for bound, comparison in (("minimum_dt", ">="), ("maximum_dt", "<")):
            if self.settings.cursor is not None and bounds[bound] is not None:
                conditions.append(f"{self.settings.cursor} {comparison} ?")
                parameters.append(bounds[bound])
        return text + ("\nWHERE " + " AND ".join(conditions) if conditions else ""), parameters
