"""The fetcher of JD Edwards tables: a query made from a column list, and the conversions it declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, field_validator

from data_sync.errors import ConfigurationError
from data_sync.fetchers.base import Fetcher, FetchSettings, Window
from data_sync.fetchers.columns import Columns, SourceName, widest_text
from data_sync.fetchers.jde.query import FilterValue, JdeQuery
from data_sync.fetchers.jde.site import Owner, plain_values, site_of
from data_sync.fetchers.odbc.dialects import DIALECTS
from data_sync.fetchers.partitions import Part

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.fetchers.base import Frames
    from data_sync.settings.models import DataSource, SourceSystem


class JdeFetchSettings(FetchSettings):
    """What stands under ``fetch:`` for a JD Edwards table.

    :ivar table: the table, such as F4801
    :ivar prefix: what its columns begin with before the data item, such as WA
    :ivar owner: its owner where that is not the site's, such as PRODCTL for F0005
    :ivar cursor: the data items of its update stamp: date and time
    :ivar columns: target columns and the data items that fill them
    :ivar filter: data items and the value, or the list of values, that a row must have
    :ivar partition_by: the data item, a whole number, by whose ranges large reads are divided
    :ivar partitions: into how many parts
    """

    table: SourceName
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{0,4}$")] = ""
    owner: Owner | None = None
    cursor: Annotated[tuple[SourceName, ...], Field(min_length=2, max_length=2)] | None = None
    columns: Columns
    filter: dict[SourceName, FilterValue] = Field(default_factory=dict)
    partition_by: SourceName | None = None
    partitions: int = Field(4, ge=1, le=256)

    _plain_values = field_validator("filter")(plain_values)


class JdeFetcher(Fetcher):
    """Reads one JD Edwards table through ODBC.

    Text loses its padding, numbers get their implied decimals, CYYDDD and HHMMSS become dates and
    times, and the update stamp becomes a UTC instant.
    """

    Settings = JdeFetchSettings
    settings: JdeFetchSettings

    def __init__(self, source: DataSource, system: SourceSystem, base: Path) -> None:
        super().__init__(source, system, base)
        self.site = site_of(system, source.source_system, base)
        self.zone = ZoneInfo(system.time_zone)
        added = self.site.table(self.settings.table)
        declared = {**self.settings.columns, **(added.columns or {})}
        self.columns = {name: self.site.resolved(spec) for name, spec in declared.items()}
        self.items = tuple(dict.fromkeys(item for spec in self.columns.values() for item in spec.items))
        self.query = JdeQuery(
            table=self.site.qualified(self.settings.table, added.owner or self.settings.owner),
            prefix=self.settings.prefix,
            items=self.items,
            cursor=self.settings.cursor or (),
            filters={**self.settings.filter, **added.filter},
            widths={spec.source[0]: spec.length or 0 for spec in self.columns.values() if spec.right},
            partition_by=self.settings.partition_by or "",
        )
        if self.settings.cursor is None and (source.daily or source.hourly):
            raise ConfigurationError(
                "fetch.cursor: is missing, so changed rows cannot be told from others; "
                "write the date and time of the update stamp such as [UPMJ, TDAY], or keep mass only"
            )

    def declared_columns(self) -> Mapping[str, Any]:
        """Return the declarations of the columns, with the site's facts in them."""
        return self.columns

    def definition(self) -> Mapping[str, str]:
        """Return what is read and how; with what the site adds to the table."""
        parts = dict(super().definition())
        parts.pop("owner", None)
        parts["table"] = self.query.table
        parts["filter"] = json.dumps(self.query.filters, default=str)
        if any(spec.by for spec in self.columns.values()):
            parts["amount decimals"] = json.dumps(self.site.amount_decimals, sort_keys=True)
        return parts

    def statement(self, window: Window, *, rows: int | None = None) -> str:
        """Return the query that reads a window.

        :param rows: how many rows to read at most; None for all
        """
        return self.query.render(window, self.zone, DIALECTS[self.site.dialect], rows=rows)

    def describe(self, window: Window) -> Mapping[str, Any]:
        """Return the query for the task log."""
        return {"query": self.statement(window)}

    def parts(self, window: Window) -> list[Part]:
        """Return ranges of the key that ``partition_by`` names; asks the source for its ends."""
        from data_sync.fetchers.odbc.stream import key_ranges

        if self.settings.partition_by is None:
            return []
        query = self.query.key_range(window, self.zone, DIALECTS[self.site.dialect])
        return key_ranges(self.system, query, (), self.settings.partition_by, self.settings.partitions)

    def fetch(self, window: Window) -> Frames:
        """Return the window's rows, converted.

        :raises ValueRejected: while reading, at the first value that does not fit its declaration
        """
        return self._read(self.statement(window))

    def preview_sql(self, rows: int) -> str:
        """Return the query for a few rows."""
        return self.statement(Window(), rows=rows)

    def preview(self, rows: int) -> Frames:
        """Return a few rows, converted, to look at."""
        return self._read(self.preview_sql(rows))

    def _read(self, query: str) -> Frames:
        import pyarrow as pa

        from data_sync.fetchers.convert import field_of
        from data_sync.fetchers.odbc.stream import stream

        raw = stream(self.system, query, max_text_size=widest_text(self.columns))
        schema = pa.schema([field_of(name, spec) for name, spec in self.columns.items()])
        return pa.RecordBatchReader.from_batches(schema, self._converted(iter(raw), schema))

    def _converted(self, raw: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        from data_sync.fetchers.jde.types import jde_column

        positions = {item: position for position, item in enumerate(self.items)}
        for batch in raw:
            arrays = [
                jde_column(
                    name,
                    [batch.column(positions[item]) for item in spec.items],
                    spec,
                    self.zone,
                    amount_decimals=self.site.amount_decimals,
                    is_key=name in self.source.keys,
                    is_stamp=name == self.source.last_update_column,
                )
                for name, spec in self.columns.items()
            ]
            yield pa.record_batch(arrays, schema=schema)
