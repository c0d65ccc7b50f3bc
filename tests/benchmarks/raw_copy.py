"""What the database's bulk copy can do: the same Parquet files into a plain table of the same columns.

No conversion, no length check, no row number, no count, no dedupe. PostgreSQL takes a binary COPY
through ADBC, SQL Server ``bulkcopy_arrow`` under TABLOCK with the same batch size.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tests.benchmarks.sync import Batches, table_sync

from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, TableName, Target

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.loading.steps import TableSync
    from data_sync.warehouse.interface import Column

ROWS_PER_READ = 65_536


def table_name(sync: TableSync, name: str) -> TableName:
    """Return the name of one of the benchmark's own tables."""
    return TableName(sync.target.table.schema, name)


def quoted(table: TableName) -> str:
    """Return a table's quoted name, for both databases."""
    return f'"{table.schema}"."{table.name}"'


def create_heap(name: str) -> None:
    """Create a table with the target's columns and nothing else, as staging tables are made."""
    sync = table_sync()
    columns = ", ".join(
        f'"{column.name}" {_copied_as(sync, column)} NULL'
        for column in sync.warehouse.columns(sync.target.table)
    )
    kind = "UNLOGGED " if _staging_is_unlogged(sync) else ""
    with sync.warehouse.transaction() as session:
        session.execute(f"DROP TABLE IF EXISTS {quoted(table_name(sync, name))}")
        session.execute(f"CREATE {kind}TABLE {quoted(table_name(sync, name))} ({columns})")


def _copied_as(sync: TableSync, column: Column) -> str:
    if sync.warehouse.dialect == "postgres":
        return column.sql_type
    from data_sync.warehouse.mssql.types import copied_type

    return copied_type(column)


def _staging_is_unlogged(sync: TableSync) -> bool:
    if sync.warehouse.dialect != "postgres":
        return False
    from data_sync.warehouse.postgres.staging_sql import create_staging

    return "UNLOGGED" in create_staging(TableName("a", "b"), [])


def create_like_target(name: str, batches: Batches) -> None:
    """Create an empty table with the target's columns and its primary key."""
    sync = table_sync()
    target = Target(table_name(sync, name), sync.target.keys)
    with sync.warehouse.transaction() as session:
        session.execute(f"DROP TABLE IF EXISTS {quoted(target.table)}")
    reader = _reader(batches[0]["uri"])
    if sync.warehouse.dialect == "mssql":
        reader = _for_sql_server(reader)
    sync.warehouse.create_table(target, reader.schema)


def copy(name: str, batch: dict[str, Any]) -> int:
    """Copy one spooled file into a table that exists; return its rows."""
    sync = table_sync()
    table = table_name(sync, name)
    if sync.warehouse.dialect == "postgres":
        _copy_to_postgres(sync, table, _reader(batch["uri"]))
    else:
        _copy_to_sql_server(sync, table, _for_sql_server(_reader(batch["uri"])))
    return int(batch["rows"])


def copy_again(name: str, into: str) -> int:
    """Create a second table from all rows of a table in the database, as a dedupe must; return its rows."""
    sync = table_sync()
    source, result = quoted(table_name(sync, name)), quoted(table_name(sync, into))
    kind = "UNLOGGED " if _staging_is_unlogged(sync) else ""
    statement = f"SELECT * INTO {kind}{result} FROM {source}"
    with sync.warehouse.transaction() as session:
        session.execute(f"DROP TABLE IF EXISTS {result}")
        return session.execute(statement)


def _reader(uri: str) -> pa.RecordBatchReader:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(unquote(urlsplit(uri).path))
    names = [name for name in file.schema_arrow.names if name != ROW_NUMBER_COLUMN]
    schema = pa.schema([file.schema_arrow.field(name) for name in names])
    return pa.RecordBatchReader.from_batches(schema, file.iter_batches(ROWS_PER_READ, columns=names))


def _for_sql_server(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Return the stamps without their zone, which datetime2 does not take, their numbers as they are.

    Decimals have the precision that our own copy gives them, so that both send the same bytes.
    """
    import pyarrow as pa

    def plain(kind: pa.DataType) -> pa.DataType:
        if pa.types.is_decimal(kind):
            return pa.decimal128(38, kind.scale)
        return pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) else kind

    schema = pa.schema([field.with_type(plain(field.type)) for field in reader.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            yield batch.cast(schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _copy_to_postgres(sync: TableSync, table: TableName, reader: pa.RecordBatchReader) -> None:
    import adbc_driver_postgresql.dbapi as adbc

    with adbc.connect(sync.warehouse.dsn) as connection, connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.adbc_ingest(table.name, reader, mode="append", db_schema_name=table.schema)
        connection.commit()


def _copy_to_sql_server(sync: TableSync, table: TableName, reader: pa.RecordBatchReader) -> None:
    from airflow.sdk import Connection

    from data_sync.warehouse.mssql.hook import MssqlPythonHook

    hook = MssqlPythonHook.of(Connection.get(sync.settings.options.warehouse.connection))
    with closing(hook.get_conn()) as connection, closing(connection.cursor()) as cursor:
        cursor.bulkcopy_arrow(
            quoted(table),
            reader,
            batch_size=sync.settings.options.bulk_copy_batch_size,
            timeout=0,
            column_mappings=list(enumerate(reader.schema.names)),
            table_lock=True,
            keep_nulls=True,
        )
