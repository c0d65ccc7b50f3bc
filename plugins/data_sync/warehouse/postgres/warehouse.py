"""The PostgreSQL warehouse: the embedded default, and any server from version 15 on."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
from typing_extensions import override

from data_sync.errors import (
    CountMismatch,
    LockTimeout,
    PermanentError,
    SchemaMismatch,
    ValueRejected,
)
from data_sync.warehouse.conform import conform, loadable
from data_sync.warehouse.interface import (
    ROW_NUMBER_COLUMN,
    Column,
    Counts,
    Session,
    TableName,
    Target,
    Warehouse,
)
from data_sync.warehouse.postgres import ddl
from data_sync.warehouse.postgres import staging_sql as sql
from data_sync.warehouse.postgres.session import (
    PostgresSession,
    conninfo,
    copying,
    ingest,
    transaction,
    translated,
)
from data_sync.warehouse.postgres.types import describe_column

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from data_sync.settings.models import WarehouseOptions
    from data_sync.warehouse.migration import Change

LOGGER = logging.getLogger(__name__)

_LOAD = "_L"  # the deduped rows of a full load
_UNIQUE_VIOLATION = "23505"


class PostgresWarehouse(Warehouse):
    """See :class:`Warehouse`.

    :param connection: the Airflow connection, of type ``postgres``
    :param options: schemas and time limits
    :param bulk_copy_batch_size: not needed here: a binary COPY streams
    """

    dialect = "postgres"
    ignores_case = False

    def __init__(self, connection: Connection, options: WarehouseOptions, bulk_copy_batch_size: int) -> None:
        self.dsn = conninfo(connection, options)
        self.options = options
        self.staging_schema = options.staging_schema
        self.log_schema = options.log_schema

    # -- sessions ---------------------------------------------------------------------------------

    @override
    def transaction(self) -> AbstractContextManager[PostgresSession]:
        return transaction(self.dsn)

    @override
    @contextmanager
    def lock(self, table: TableName) -> Iterator[None]:
        digest = hashlib.sha256(f"data_sync:{table.schema}.{table.name}".encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        with translated():
            connection = psycopg.connect(self.dsn, autocommit=True)
        try:
            with translated():
                # The wait is limited by lock_timeout alone, however long a statement may take.
                connection.execute("SET statement_timeout = 0")
                try:
                    connection.execute("SELECT pg_advisory_lock(%s)", (key,))
                except psycopg.errors.LockNotAvailable:
                    holders = connection.execute(sql.lock_holder().encode(), {"key": key}).fetchall()
                    raise LockTimeout(
                        f"another update of {table} has held its lock for {self.options.lock_timeout}: "
                        + (
                            ", ".join(f"process {h[0]} ({h[1]}) since {h[2]}" for h in holders)
                            or "gone by now"
                        )
                    ) from None
            yield
        finally:
            connection.close()

    # -- set-up -----------------------------------------------------------------------------------

    @override
    @contextmanager
    def installing(self) -> Iterator[PostgresSession]:
        with self.transaction() as session:
            session.execute("SELECT pg_advisory_xact_lock(hashtext('data_sync:install'))")
            yield session

    @override
    def schema_exists(self) -> str:
        return ddl.schema_exists()

    @override
    def create_schemas(self, session: Session, schemas: Sequence[str]) -> None:
        for schema in schemas:
            if not session.rows(ddl.schema_exists(), {"name": schema})[0]["found"]:
                session.execute(ddl.create_schema(schema))

    @override
    def render(self, change: Change) -> list[str]:
        return ddl.render(self.log_schema, change)

    @override
    def columns(self, table: TableName) -> list[Column]:
        with self.transaction() as session:
            return self._columns(session, table)

    def _columns(self, session: Session, table: TableName) -> list[Column]:
        rows = session.rows(sql.columns_of(), {"table": sql.qualified(table)})
        return [describe_column(row) for row in rows]

    @override
    def create_table(self, target: Target, schema: pa.Schema) -> None:
        with self.installing() as session:
            self.create_schemas(session, [target.table.schema])
            session.execute(ddl.create_target(target, schema))

    # -- staging and merge ------------------------------------------------------------------------

    @override
    def stage(
        self,
        target: Target,
        staging: TableName,
        reader: pa.RecordBatchReader,
        rows: int,
        *,
        dedupe: bool,
    ) -> int:
        columns = self._target_columns(target)
        filled = loadable(reader.schema.names, columns)
        with copying(self.dsn) as cursor:
            cursor.execute(sql.drop(staging))
            cursor.execute(sql.create_staging(staging, filled))
            ingest(cursor, staging, conform(reader, columns))
            self._check_copy(cursor, staging, target, rows)
            kept = rows
            if dedupe:
                cursor.execute(sql.dedupe(target, staging))
                kept -= cursor.fetchone()[0]
            cursor.execute(sql.remember_rows(staging, kept))
            return kept

    def _target_columns(self, target: Target) -> list[Column]:
        columns = self.columns(target.table)
        if not columns:
            raise SchemaMismatch(f"table {target.table} does not exist in the warehouse")
        return columns

    def _check_copy(self, cursor: Any, staging: TableName, target: Target, rows: int) -> None:
        cursor.execute(sql.count_with_null_keys(staging, target.keys))
        found, *first_nulls = cursor.fetchone()
        if found != rows:
            raise CountMismatch(f"{staging}: {rows:,} rows were sent and {found:,} arrived")
        nulls = [(row, key) for row, key in zip(first_nulls, target.keys, strict=True) if row is not None]
        if nulls:
            row, key = min(nulls)
            raise ValueRejected(
                f"key column {key!r} is NULL in row {row:,} of the fetch; every row needs its key: "
                "filter such rows in the fetch, or choose other keys"
            )

    @override
    def merge(self, target: Target, staging: TableName) -> Counts:
        with self.transaction() as session:
            recorded = self._recorded(session, staging.name)
            if recorded is not None:
                return recorded
            staged_columns = self._staged_columns(session, target, staging)
            session.execute(sql.lock_for_writing(target.table))
            counts = self._merge_into(session, target, staging, staged_columns, newer_only=True)
            self._record(session, staging.name, counts)
        return counts

    def _merge_into(
        self,
        session: Session,
        target: Target,
        source: TableName,
        columns: Sequence[Column],
        *,
        newer_only: bool,
    ) -> Counts:
        if session.rows(sql.is_empty(target.table))[0]["is_empty"]:
            inserted = session.execute(sql.insert_all(target, source, columns))
            return Counts(inserted, inserted)
        found = session.rows(sql.count_new(target, source))[0]
        staged, inserted = found["staged_rows"], found["new_rows"]
        if found["joined_rows"] > staged:
            raise PermanentError(
                f"{target.table} holds some keys ({', '.join(target.keys)}) more than once; remove the "
                "surplus rows and give the table a primary key, or choose other keys"
            )
        touched = session.execute(sql.merge(target, source, columns, newer_only=newer_only))
        return Counts(staged, inserted, touched - inserted, staged - touched)

    def _staged_columns(self, session: Session, target: Target, staging: TableName) -> list[Column]:
        staged = {column.name for column in self._columns(session, staging)}
        if not staged:
            raise PermanentError(
                f"staging table {staging} is gone: the maintenance DAG drops old ones, and a finished "
                "update drops its own; clear this run from its task 'fetch'"
            )
        self._refuse_emptied(session, staging)
        return [column for column in self._columns(session, target.table) if column.name in staged]

    def _refuse_emptied(self, session: Session, table: TableName) -> None:
        """Refuse an unlogged table that held rows before a crash of the server emptied it."""
        found = session.rows(sql.remembered_rows(table), {"table": sql.qualified(table)})[0]
        if found["is_empty"] and found["remembered"]:
            raise PermanentError(
                f"{table} held {found['remembered']:,} rows and is empty: the server crashed since, or a "
                "replica took its place; nothing was changed. Clear this run from the task that copies the "
                "batches ('stage' or 'bulk_copy'); the source is not read again"
            )

    def _recorded(self, session: Session, name: str) -> Counts | None:
        found = session.rows(sql.loaded_batch(self.log_schema), {"name": name})
        return Counts(**{key.lower(): value for key, value in found[0].items()}) if found else None

    def _record(self, session: Session, name: str, counts: Counts) -> None:
        session.execute(sql.record_batch(self.log_schema), {"name": name, **asdict(counts)})

    # -- full load --------------------------------------------------------------------------------

    @override
    def publish(self, target: Target, staging: Sequence[TableName]) -> Counts:
        first = staging[0]
        load = replace(first, name=first.name + _LOAD)
        with self.transaction() as session:
            recorded = self._recorded(session, first.name)
            if recorded is not None:
                return recorded
            columns, *_ = [self._staged_columns(session, target, table) for table in staging]
            session.execute(sql.drop(load))
            gathered = session.execute(sql.gather([column.name for column in columns], staging, load))
            surplus = session.rows(sql.dedupe(target, load))[0]["surplus_rows"]
            session.execute(sql.remember_rows(load, gathered - surplus))
            if not session.rows(sql.is_empty(target.table))[0]["is_empty"]:
                session.execute(sql.index_keys(target, load))
        with self.transaction() as session:
            # Without statistics the planner joins a table it takes for empty; it joins by the keys alone.
            session.execute(f"ANALYZE {sql.qualified(load)} ({sql.names(target.keys)})")
        with self.transaction() as session:
            self._refuse_emptied(session, load)
            session.execute(sql.lock_for_writing(target.table))
            deleted = session.execute(sql.delete_missing(target, load))
            counts = replace(
                self._merge_into(session, target, load, columns, newer_only=False), deleted=deleted
            )
            self._record(session, first.name, counts)
            session.execute(sql.drop(load))
        return counts

    @override
    def empty(self, target: Target, operation: str) -> None:
        table = {"schema": target.table.schema, "name": target.table.name}
        with self.transaction() as session:
            session.execute(sql.begin_truncate_load(self.log_schema), {**table, "operation": operation})
            session.execute(sql.forget_batches(self.log_schema), {"prefix": f"{operation}:{target.table}:"})
            indexes = session.rows(sql.secondary_indexes(), {"table": sql.qualified(target.table)})
            for index in indexes:
                remembered = {**table, "index": index["name"], "definition": index["definition"]}
                session.execute(sql.remember_index(self.log_schema), remembered)
                session.execute(f"DROP INDEX {sql.qualified(TableName(target.table.schema, index['name']))}")
            self._truncate(session, target.table)

    def _truncate(self, session: Session, table: TableName) -> None:
        session.execute("SAVEPOINT before_truncate")
        try:
            session.execute(f"TRUNCATE TABLE {sql.qualified(table)}")
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.InsufficientPrivilege) as error:
            session.execute("ROLLBACK TO SAVEPOINT before_truncate")
            LOGGER.warning(
                "TRUNCATE of %s is not possible (%s); deleting instead, which is slower", table, error
            )
            session.execute(f"DELETE FROM {sql.qualified(table)}")

    @override
    def copy_into(
        self, target: Target, operation: str, number: int, reader: pa.RecordBatchReader, rows: int
    ) -> int:
        columns = self._target_columns(target)
        marker = f"{operation}:{target.table}:{number}"
        with self.transaction() as session:
            recorded = self._recorded(session, marker)
        if recorded is not None:
            return recorded.staged
        try:
            with copying(self.dsn) as cursor:
                self._claim(cursor, target, operation, marker, rows)
                sent = ingest(cursor, target.table, _without_row_number(conform(reader, columns)))
                if sent != rows:
                    raise CountMismatch(f"{target.table}: {sent:,} of batch {number}'s {rows:,} rows arrived")
        except PermanentError as error:
            if _UNIQUE_VIOLATION in str(error):
                with self.transaction() as session:
                    recorded = self._recorded(session, marker)
                if recorded is not None:  # a killed try was still copying, and has finished since
                    return recorded.staged
                raise PermanentError(
                    f"{error}; the source returned a key twice, or the table was not empty: "
                    "use load: swap, which keeps the newest row of each key"
                ) from error
            raise
        return rows

    def _claim(self, cursor: Any, target: Target, operation: str, marker: str, rows: int) -> None:
        """Record a batch as loaded, in the transaction of its copy, if its load is still the current one."""
        cursor.execute(sql.current_load(self.log_schema), (target.table.schema, target.table.name))
        current = cursor.fetchone()
        if current is None or current[0] != operation:
            raise PermanentError(
                f"{target.table} has been emptied for another load ({current and current[0]}) since; "
                "clear this run from its task 'empty' to load it again"
            )
        cursor.execute(sql.record_copy(self.log_schema), (marker, rows))

    @override
    def rebuild_indexes(self, target: Target) -> list[str]:
        table = {"schema": target.table.schema, "name": target.table.name}
        with self.transaction() as session:
            remembered = session.rows(sql.remembered_indexes(self.log_schema), table)
            for index in remembered:
                name = TableName(target.table.schema, index["name"])
                exists = session.rows("SELECT to_regclass(%(name)s) AS oid", {"name": sql.qualified(name)})
                if exists[0]["oid"] is None:
                    session.execute(index["definition"])
                session.execute(sql.forget_index(self.log_schema), {**table, "index": index["name"]})
        return [index["name"] for index in remembered]

    # -- housekeeping -----------------------------------------------------------------------------

    @override
    def count(self, table: TableName) -> int:
        with self.transaction() as session:
            return _count_rows(session, table)

    @override
    def staging_tables(self, prefix: str = "") -> list[str]:
        with self.transaction() as session:
            found = session.rows(sql.staging_tables(), {"schema": self.staging_schema, "prefix": prefix})
        return [row["name"] for row in found]

    @override
    def drop_staging(self, prefix: str) -> list[str]:
        dropped = self.staging_tables(prefix)
        for name in dropped:
            with self.transaction() as session:
                session.execute(sql.drop(TableName(self.staging_schema, name)))
        return dropped


def _count_rows(session: Session, table: TableName) -> int:
    return int(session.rows(f"SELECT COUNT(*) AS n FROM {sql.qualified(table)}")[0]["n"])


def _count(cursor: Any, table: TableName) -> int:
    cursor.execute(f"SELECT COUNT(*) FROM {sql.qualified(table)}")
    return int(cursor.fetchone()[0])


def _without_row_number(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Return the reader without the column that only staging tables have."""
    kept = [name for name in reader.schema.names if name != ROW_NUMBER_COLUMN]
    schema = pa.schema([reader.schema.field(name) for name in kept])
    return pa.RecordBatchReader.from_batches(schema, (batch.select(kept) for batch in reader))
