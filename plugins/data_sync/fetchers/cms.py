"""The fetcher for the CMS: plain columns, and one timestamp as cursor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from typing_extensions import override

from data_sync.fetchers.base import Fetcher, FetchSettings, Window
from data_sync.fetchers.columns import Columns, SourceName
from data_sync.fetchers.jde_query import earliest_wall_time, latest_wall_time, select
from data_sync.fetchers.sql import stamp_text

if TYPE_CHECKING:
    import pyarrow as pa

_STAMP_PARAMETER = {
    "postgres": "CAST(? AS timestamp)",
    "mssql": "CAST(? AS datetime2)",
    "oracle": "TO_TIMESTAMP(?, 'YYYY-MM-DD HH24:MI:SS.FF6')",
    "db2": "CAST(? AS TIMESTAMP)",
}
"""How each kind of database turns bound text into a timestamp."""


class CmsFetchSettings(FetchSettings):
    """Settings of :class:`CmsMisDataFetcher`.

    :ivar table: name of the table, without its schema
    :ivar schema_name: its schema, where the connection's default is another
    :ivar cursor: the column with a row's change stamp; None reads everything each time
    :ivar columns: target columns: source column and type
    :ivar dialect: ``postgres``, ``mssql``, ``oracle`` or ``db2``; None asks the connection's driver
    :ivar where: a further condition in the source's SQL
    :ivar max_text_size: bytes of the longest text
    """

    table: SourceName
    schema_name: SourceName | None = None
    cursor: SourceName | None = None
    columns: Columns = Field(min_length=1)
    dialect: Literal["postgres", "mssql", "oracle", "db2"] | None = None
    where: str | None = None
    max_text_size: int = Field(4000, ge=1)


class CmsMisDataFetcher(Fetcher):
    """Reads one table by its change stamp."""

    Settings = CmsFetchSettings
    settings: CmsFetchSettings

    def query(self, window: Window, dialect: str) -> tuple[str, list[str]]:
        """Return the SELECT for a window and its parameters, in the source's own clock."""
        settings, zone = self.settings, self.system.time_zone
        conditions, parameters = [], []
        stamp = _STAMP_PARAMETER[dialect]
        if settings.cursor and window.minimum_dt:
            conditions.append(f"{settings.cursor} >= {stamp}")
            parameters.append(stamp_text(earliest_wall_time(window.minimum_dt, zone)))
        if settings.cursor and window.maximum_dt:
            conditions.append(f"{settings.cursor} < {stamp}")
            parameters.append(stamp_text(latest_wall_time(window.maximum_dt, zone)))
        if settings.where:
            conditions.append(settings.where)
        table = f"{settings.schema_name}.{settings.table}" if settings.schema_name else settings.table
        return select(self._source_columns(), table, conditions), parameters

    @override
    def describe(self, window: Window) -> Mapping[str, Any]:
        query, parameters = self.query(window, self._dialect())
        return {"query": query, "parameters": parameters}

    @override
    def fetch(self, window: Window) -> pa.RecordBatchReader:
        import pyarrow as pa

        from data_sync.fetchers.convert import field_of
        from data_sync.fetchers.odbc import stream

        query, parameters = self.query(window, self._dialect())
        reader = stream(self.system, query, parameters, self.settings.max_text_size)
        schema = pa.schema([field_of(name, spec) for name, spec in self.settings.columns.items()])

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                yield self._converted(batch, schema)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def _converted(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        import pyarrow as pa

        from data_sync.fetchers.convert import plain, rejecting

        zone = self.system.time_zone
        arrays = [
            rejecting(
                name,
                spec,
                lambda array=array, spec=spec, key=name in self.source.keys: plain(
                    array, spec, zone, key=key
                ),  # type: ignore[misc]
            )
            for (name, spec), array in zip(self.settings.columns.items(), batch.columns, strict=True)
        ]
        return pa.record_batch(arrays, schema=schema)

    def _dialect(self) -> str:
        return self.settings.dialect or dialect_of(self.system.connection or "")

    def _source_columns(self) -> list[str]:
        return [spec.sources[0] for spec in self.settings.columns.values()]


def dialect_of(connection_id: str) -> str:
    """Return the kind of database behind an ODBC connection, by the name of its driver or DSN."""
    from airflow.sdk import Connection

    extra = Connection.get(connection_id).extra_dejson
    name = " ".join(str(extra.get(key, "")) for key in ("driver", "Driver", "dsn", "DSN")).lower()
    for word, dialect in (("postgre", "postgres"), ("psql", "postgres"), ("oracle", "oracle")):
        if word in name:
            return dialect
    return "db2" if any(word in name for word in ("db2", "iseries", "as400", "ibm i")) else "mssql"
