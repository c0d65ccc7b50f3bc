"""The fetcher of the CMS: a table with plain columns and one timestamp of its last change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from data_sync.errors import ConfigurationError
from data_sync.fetchers.base import Window
from data_sync.fetchers.columns import Columns, QuotableName
from data_sync.fetchers.odbc.dialects import DIALECTS, STANDARD_FORMAT, DialectName
from data_sync.fetchers.partitions import Part
from data_sync.fetchers.sql import OdbcFetcher, OdbcFetchSettings
from data_sync.settings.problems import dotted, explain

if TYPE_CHECKING:
    from data_sync.fetchers.base import Frames
    from data_sync.settings.models import DataSource, SourceSystem

TablePath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_#$@]+([./][A-Za-z0-9_#$@]+)*$")]
"""A table that needs no quoting, with its schema where one is needed."""


class CmsSite(BaseModel):
    """The facts of one CMS installation: ``site`` of its source system.

    :ivar dialect: the database behind the connection; ``generic`` leaves the reading of the window's
        bounds to it
    :ivar owner: the schema of its tables, where they need one
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dialect: DialectName = "generic"
    owner: TablePath | None = None


class CmsFetchSettings(OdbcFetchSettings):
    """What stands under ``fetch:`` for a table of the CMS.

    :ivar table: the table, with its schema where that is not the site's ``owner``
    :ivar cursor: the column that tells when a row last changed; None reads all rows every time
    :ivar columns: target columns, the table's columns that fill them, and their types
    :ivar partition_by: the column, a whole number, by whose ranges large reads are divided
    :ivar partitions: into how many parts
    """

    table: TablePath
    cursor: QuotableName | None = None
    columns: Columns
    partition_by: QuotableName | None = None
    partitions: int = Field(4, ge=1, le=256)


class CmsMisDataFetcher(OdbcFetcher):
    """Reads the rows whose timestamp lies in the window; rows without one only come with a full read."""

    Settings = CmsFetchSettings
    settings: CmsFetchSettings

    def __init__(self, source: DataSource, system: SourceSystem, base: Path) -> None:
        super().__init__(source, system, base)
        try:
            site = CmsSite.model_validate(system.site)
        except ValidationError as error:
            texts = [f"{dotted(('site', *path))}: {text}" for path, text in explain(error, CmsSite)]
            raise ConfigurationError(f"source system {source.source_system}, {'; '.join(texts)}") from None
        self.dialect = DIALECTS[site.dialect]
        owned = site.owner is not None and not set("./") & set(self.settings.table)
        self.table = f"{site.owner}.{self.settings.table}" if owned else self.settings.table

    def definition(self) -> Mapping[str, str]:
        """Return what is read and how; the table with its owner."""
        return {**super().definition(), "table": self.table}

    def statement(self, window: Window, *, rows: int | None = None) -> tuple[str, list[str | None]]:
        """Return the query made from the column list.

        :param rows: how many rows to read at most; None for all
        """
        items = dict.fromkeys(spec.source[0] for spec in self.settings.columns.values())
        conditions, parameters = self._conditions(window)
        columns = [self.dialect.name(item) for item in items]
        return self.dialect.select(columns, self.table, conditions, rows=rows), parameters

    def parts(self, window: Window) -> list[Part]:
        """Return ranges of the key that ``partition_by`` names; asks the source for its ends."""
        from data_sync.fetchers.odbc.stream import key_ranges

        if self.settings.partition_by is None:
            return []
        key = self.dialect.name(self.settings.partition_by)
        conditions, parameters = self._conditions(window)
        query = self.dialect.select([f"MIN({key})", f"MAX({key})"], self.table, conditions)
        return key_ranges(self.system, query, parameters, key, self.settings.partitions)

    def preview_sql(self, rows: int) -> str:
        """Return the query for a few rows."""
        return self.statement(Window(), rows=rows)[0]

    def preview(self, rows: int) -> Frames:
        """Return a few rows, converted, to look at."""
        return self._read(self.preview_sql(rows), ())

    def _conditions(self, window: Window) -> tuple[list[str], list[str | None]]:
        """Return what must hold for a row to be read, and the parameters of it."""
        conditions: list[str] = []
        parameters: list[str | None] = []
        # A stamp in a format of its own is kept as text, and compared as such.
        standard = self.settings.format == STANDARD_FORMAT
        marker = self.dialect.timestamp if standard else "?"
        bounds = self.bounds(window)
        for bound, comparison in (("minimum_dt", ">="), ("maximum_dt", "<")):
            if self.settings.cursor is not None and bounds[bound] is not None:
                conditions.append(f"{self.dialect.name(self.settings.cursor)} {comparison} {marker}")
                parameters.append(bounds[bound])
        if window.part is not None and self.settings.partition_by is not None:
            conditions += window.part.conditions(self.dialect.name(self.settings.partition_by))
        return conditions, parameters
