"""The fetcher that runs a query of one's own over ODBC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from data_sync.errors import ConfigurationError, SchemaMismatch
from data_sync.fetchers.base import Fetcher, FetchSettings, Window
from data_sync.fetchers.columns import LONGEST_TEXT, Columns, ColumnSpec, bare, widest_text
from data_sync.fetchers.odbc.dialects import STANDARD_FORMAT
from data_sync.fetchers.odbc.placeholders import bind, check_placeholders, without_end
from data_sync.fetchers.wall_clock import wall_clock_before, wall_clock_from

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.fetchers.base import Frames
    from data_sync.fetchers.odbc.stream import OdbcRows
    from data_sync.settings.models import DataSource, SourceSystem

PLACEHOLDERS = ("minimum_dt", "maximum_dt")


class OdbcFetchSettings(FetchSettings):
    """What any query over ODBC can be told.

    :ivar columns: target columns, the result's columns that fill them, and their types; None takes the
        result's columns as they are
    :ivar format: how the window's bounds are written for the source, in strftime's language
    :ivar max_text_size: bytes of the longest text in the result; a longer one is an error. None means as
        many as the column list needs
    """

    columns: Columns | None = None
    format: str = STANDARD_FORMAT
    max_text_size: int | None = Field(None, ge=64, le=64 * 1024 * 1024)


class SqlFetchSettings(OdbcFetchSettings):
    """What stands under ``fetch:`` for a query of one's own.

    ``:minimum_dt`` and ``:maximum_dt`` in the query are bound as text in the source's time zone, NULL
    for a side that is open.

    :ivar file: the query's file, relative to ``include/``
    :ivar query: the query itself, instead of a file
    """

    file: str | None = Field(None, min_length=1)
    query: str | None = Field(None, min_length=1)


class OdbcFetcher(Fetcher):
    """Base of the fetchers whose source stores values plainly: real dates, numbers with their point.

    Naive stamps are taken to be in the source system's time zone and become UTC. Fixed-point numbers
    keep every digit. Subclasses say what to run.
    """

    Settings: ClassVar[type[FetchSettings]] = OdbcFetchSettings
    settings: OdbcFetchSettings

    def __init__(self, source: DataSource, system: SourceSystem, base: Path) -> None:
        super().__init__(source, system, base)
        self.zone = ZoneInfo(system.time_zone)

    def statement(self, window: Window) -> tuple[str, list[str | None]]:
        """Return the query with ``?`` for each parameter, and the parameters as text."""
        raise NotImplementedError

    def bounds(self, window: Window) -> dict[str, str | None]:
        """Return the window's bounds as the source writes its stamps; no row of the window is lost."""
        minimum, maximum = window.minimum_dt, window.maximum_dt
        return {
            "minimum_dt": self._written(wall_clock_from(minimum, self.zone)) if minimum else None,
            "maximum_dt": self._written(wall_clock_before(maximum, self.zone)) if maximum else None,
        }

    def _written(self, wall: datetime) -> str:
        return wall.strftime(self.settings.format)

    def describe(self, window: Window) -> Mapping[str, Any]:
        """Return the query and its parameters for the task log."""
        query, parameters = self.statement(window)
        return {"query": query, "parameters": parameters}

    def fetch(self, window: Window) -> Frames:
        """Return the window's rows.

        :raises SchemaMismatch: a declared column is missing from the result
        :raises ValueRejected: while reading, at the first value that does not fit its declaration
        """
        query, parameters = self.statement(window)
        return self._read(query, parameters)

    def _read(self, query: str, parameters: Sequence[str | None]) -> Frames:
        import pyarrow as pa

        from data_sync.fetchers.convert import field_of
        from data_sync.fetchers.odbc.stream import stream

        declared = self.settings.columns
        longest = self.settings.max_text_size or (widest_text(declared) if declared else LONGEST_TEXT)
        rows = stream(self.system, query, parameters, max_text_size=longest)
        columns = declared or undeclared(rows.reported)
        positions = positions_of(columns, rows.reported.names)
        schema = pa.schema([field_of(name, spec) for name, spec in columns.items()])
        return pa.RecordBatchReader.from_batches(schema, self._converted(rows, columns, positions, schema))

    def _converted(
        self,
        rows: OdbcRows,
        columns: Mapping[str, ColumnSpec],
        positions: Mapping[str, int],
        schema: pa.Schema,
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        from data_sync.fetchers.convert import plain

        for batch in rows:
            arrays = [
                plain(
                    name,
                    batch.column(positions[name]),
                    spec,
                    self.zone,
                    is_stamp=name == self.source.last_update_column,
                )
                for name, spec in columns.items()
            ]
            yield pa.record_batch(arrays, schema=schema)


class SqlFetcher(OdbcFetcher):
    """Runs the query of a SQL file, or one written in the data source itself.

    :raises ConfigurationError: there is no such file, neither or both are given, or the query names a
        placeholder other than ``:minimum_dt`` and ``:maximum_dt``
    """

    Settings = SqlFetchSettings
    settings: SqlFetchSettings

    def __init__(self, source: DataSource, system: SourceSystem, base: Path) -> None:
        super().__init__(source, system, base)
        if (self.settings.file is None) == (self.settings.query is None):
            raise ConfigurationError("fetch: write either file, the name of a SQL file, or query")
        field = "query" if self.settings.file is None else "file"
        try:
            check_placeholders(self._text(), PLACEHOLDERS)
        except ValueError as error:
            raise ConfigurationError(f"fetch.{field}: {self.settings.file or 'the query'}: {error}") from None

    def definition(self) -> Mapping[str, str]:
        """Return what is read and how; the query itself, wherever it is written."""
        parts = dict(super().definition())
        parts.pop("file", None)
        return {**parts, "query": self._text().strip()}

    def _text(self) -> str:
        if self.settings.file is None:
            return self.settings.query or ""
        path = self.base / self.settings.file
        try:
            # SQL Server's tools begin their files with a byte order mark.
            return path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
            raise ConfigurationError(
                f"fetch.file: {path} cannot be read: {reason}; "
                "write the name of an existing SQL file, relative to include/"
            ) from None

    def statement(self, window: Window) -> tuple[str, list[str | None]]:
        """Return the query with its placeholders bound."""
        return bind(without_end(self._text()), self.bounds(window))


def undeclared(schema: pa.Schema) -> dict[str, ColumnSpec]:
    """Return column declarations for a result's columns as the driver reports them.

    :raises SchemaMismatch: a column has a type that cannot be taken over
    """
    import pyarrow as pa

    kinds = [
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "float"),
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_date, "date"),
        (pa.types.is_time, "time"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_string, "text"),
    ]
    columns = {}
    for field in schema:
        if pa.types.is_decimal(field.type):
            kind: dict[str, Any] = {
                "type": "decimal",
                "precision": field.type.precision,
                "scale": field.type.scale,
            }
        else:
            found = next((name for fits, name in kinds if fits(field.type)), None)
            if found is None:
                raise SchemaMismatch(
                    f"column {field.name!r} of the query has the type {field.type}, which is not supported; "
                    "convert it in the query or leave it out"
                )
            kind = {"type": found, "keep_empty": True}
        # The driver's names need not be plain words, so they are not checked as configuration is.
        columns[field.name] = ColumnSpec.model_construct(_fields_set=None, source=(field.name,), **kind)
    return columns


def positions_of(columns: Mapping[str, ColumnSpec], names: list[str]) -> dict[str, int]:
    """Return where each declared column stands in the result; names ignore case.

    :raises SchemaMismatch: one is missing, or several are called so
    """
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        places.setdefault(name.casefold(), []).append(position)
    sources = {name: bare(spec.source[0]) for name, spec in columns.items()}
    found = {name: places.get(source.casefold(), []) for name, source in sources.items()}
    wrong = [sources[name] for name, at in found.items() if len(at) != 1]
    if wrong:
        raise SchemaMismatch(
            f"the query's result has none or several of the columns {', '.join(wrong)}; "
            f"it has {', '.join(names)}"
        )
    return {name: at[0] for name, at in found.items()}
