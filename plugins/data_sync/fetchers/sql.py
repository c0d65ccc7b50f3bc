"""The fetcher that runs a SQL query of the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator
from typing_extensions import Self, override

from data_sync.errors import ConfigurationError
from data_sync.fetchers.base import Fetcher, FetchSettings, Window
from data_sync.fetchers.jde_query import earliest_wall_time, latest_wall_time

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.settings.models import DataSource, SourceSystem

OPEN_BEGIN = "1900-01-01 00:00:00.000000"
OPEN_END = "9999-12-31 23:59:59.000000"
"""What ``:minimum_dt`` and ``:maximum_dt`` are when that side of the window is open."""

# A quoted text, a quoted name, a comment, a PostgreSQL cast, or a parameter: only the last is bound.
_TOKENS = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|::|:(?P<name>[A-Za-z_]\w*)", re.DOTALL
)


class SqlFetchSettings(FetchSettings):
    """Settings of :class:`SqlFetcher`.

    :ivar file: SQL file, relative to ``include/``
    :ivar query: or the query itself
    :ivar max_text_size: bytes that the longest text may have
    """

    file: str | None = None
    query: str | None = None
    max_text_size: int = Field(4000, ge=1)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.file is None) == (self.query is None):
            raise ValueError("needs either file or query; write the name of a SQL file, relative to include/")
        return self


class SqlFetcher(Fetcher):
    """Runs a query whose columns are the target's.

    ``:minimum_dt`` and ``:maximum_dt`` are bound as text such as ``2026-01-31 06:00:00.000000`` in the
    source's time zone, to be cast as the database wants it; an open side of the window is 1900-01-01 or
    9999-12-31. Stamps without a zone are taken as times of the source's zone.
    """

    Settings = SqlFetchSettings
    settings: SqlFetchSettings

    def __init__(self, source: DataSource, system: SourceSystem, base: Path) -> None:
        super().__init__(source, system, base)
        if self.settings.file is not None and not (base / self.settings.file).is_file():
            raise ConfigurationError(
                f"fetch.file: there is no {base / self.settings.file}; "
                "write the name of an existing SQL file, relative to include/"
            )
        self.query(Window())

    def query(self, window: Window) -> tuple[str, list[str]]:
        """Return the query with ``?`` for each parameter, and the parameters in their order.

        :raises ConfigurationError: the query has a parameter of another name
        """
        settings, zone = self.settings, self.system.time_zone
        sql = settings.query or (self.base / str(settings.file)).read_text(encoding="utf-8")
        low, high = window.minimum_dt, window.maximum_dt
        values = {
            "minimum_dt": stamp_text(earliest_wall_time(low, zone)) if low else OPEN_BEGIN,
            "maximum_dt": stamp_text(latest_wall_time(high, zone)) if high else OPEN_END,
        }
        bound: list[str] = []

        def bind(match: re.Match[str]) -> str:
            name = match["name"]
            if name is None:
                return match[0]
            if name not in values:
                raise ConfigurationError(
                    f"fetch: the query's parameter :{name} is not known; write :minimum_dt or :maximum_dt"
                )
            bound.append(values[name])
            return "?"

        return _TOKENS.sub(bind, sql), bound

    @override
    def describe(self, window: Window) -> Mapping[str, Any]:
        query, parameters = self.query(window)
        return {"query": query, "parameters": parameters}

    @override
    def fetch(self, window: Window) -> pa.RecordBatchReader:
        import pyarrow as pa

        from data_sync.fetchers.convert import UTC_MICROSECONDS, to_utc
        from data_sync.fetchers.odbc import stream

        query, parameters = self.query(window)
        reader = stream(self.system, query, parameters, self.settings.max_text_size)
        schema = pa.schema(
            [
                field.with_type(UTC_MICROSECONDS) if pa.types.is_timestamp(field.type) else field
                for field in reader.schema
            ]
        )

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                arrays = [
                    to_utc(array, self.system.time_zone) if pa.types.is_timestamp(array.type) else array
                    for array in batch.columns
                ]
                yield pa.record_batch(arrays, schema=schema)

        return pa.RecordBatchReader.from_batches(schema, batches())


def stamp_text(wall: datetime) -> str:
    """Return a wall-clock time as the text that is bound."""
    return wall.isoformat(sep=" ", timespec="microseconds")
