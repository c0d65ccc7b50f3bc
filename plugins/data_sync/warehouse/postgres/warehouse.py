"""The PostgreSQL warehouse: the embedded default, and any server from version 15 on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row
from typing_extensions import override

from data_sync.errors import PermanentError
from data_sync.warehouse import messages
from data_sync.warehouse.bookkeeping import Bookkeeping, all_baselines
from data_sync.warehouse.conform import conform, loadable
from data_sync.warehouse.interface import (
    Baseline,
    Column,
    Counts,
    Load,
    Reading,
    Session,
    TableName,
    Target,
    TargetState,
    Warehouse,
)
from data_sync.warehouse.postgres import catalog, ddl, lock, merge
from data_sync.warehouse.postgres import staging_sql as sql
from data_sync.warehouse.postgres.errors import UNIQUE_VIOLATION
from data_sync.warehouse.postgres.identity import identify, physical_name
from data_sync.warehouse.postgres.session import (
    PostgresSession,
    conninfo,
    copying,
    ingest,
    transaction,
    translated,
)
from data_sync.warehouse.postgres.swap import Publication
from data_sync.warehouse.postgres.truncate import TruncateLoad

if TYPE_CHECKING:
    import pyarrow as pa
    from airflow.sdk import Connection

    from data_sync.settings.models import WarehouseOptions
    from data_sync.warehouse.migration import Change


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
    def lock(self, name: TableName) -> Iterator[None]:
        with translated():
            connection = psycopg.connect(self.dsn, autocommit=True, row_factory=dict_row)
        try:
            with translated():
                # The wait is limited by lock_timeout alone; the idle session may live as long as it is held.
                connection.execute("SET statement_timeout = 0")
                connection.execute("SET idle_session_timeout = 0")
                try:
                    connection.execute("SELECT pg_advisory_lock(%s)", (lock.key_of(name),))
                except psycopg.errors.LockNotAvailable:
                    session = PostgresSession(connection)
                    raise lock.held_too_long(session, name, self.options.lock_timeout) from None
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
        return catalog.schema_exists()

    @override
    def create_schemas(self, session: Session, schemas: Sequence[str]) -> None:
        for schema in schemas:
            if not session.rows(catalog.schema_exists(), {"name": schema})[0]["found"]:
                session.execute(ddl.create_schema(schema))

    @override
    def render(self, change: Change) -> list[str]:
        return ddl.render(self.log_schema, change)

    @override
    def columns(self, table: TableName) -> list[Column]:
        with self.transaction() as session:
            return merge.columns_of(session, table)

    @override
    def create_table(self, target: Target, schema: pa.Schema) -> None:
        with self.installing() as session:
            self.create_schemas(session, [target.table.schema])
            session.execute(ddl.create_target(target, schema))

    @override
    def states(self, tables: Sequence[TableName]) -> list[TargetState]:
        with self.transaction() as session:
            baselines = all_baselines(session, self.log_schema)
            return [self._state(session, table, baselines.get(table)) for table in tables]

    def _state(self, session: PostgresSession, table: TableName, baseline: Baseline | None) -> TargetState:
        found = physical_name(session, table)
        return TargetState(found, found is not None and merge.holds_rows(session, table), baseline)

    @override
    def start_reading(self, table: TableName) -> Reading:
        try:
            return self._start_reading(table)
        except PermanentError as error:
            if error.code != UNIQUE_VIOLATION:
                raise
            return self._start_reading(table)  # another first reading of the table began at the same time

    def _start_reading(self, table: TableName) -> Reading:
        with self.transaction() as session:
            identify(session, table)
            records = self._records(session, table)
            number = records.next_reading()
            return Reading(number, merge.columns_of(session, table), records.baseline())

    def _records(self, session: Session, table: TableName) -> Bookkeeping:
        return Bookkeeping(session, self.log_schema, table)

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
            raise messages.no_table(target.table)
        return columns

    def _check_copy(self, cursor: Any, staging: TableName, target: Target, rows: int) -> None:
        cursor.execute(sql.count_with_null_keys(staging, target.keys))
        found, *first_nulls = cursor.fetchone()
        if found != rows:
            raise messages.wrong_count(staging, rows, found)
        messages.refuse_null_keys(zip(first_nulls, target.keys, strict=True))

    @override
    def merge(self, target: Target, load: Load, number: int, staging: TableName, *, is_last: bool) -> Counts:
        with self.transaction() as session:
            lock.take(session, target.table, self.options.lock_timeout)

            def merge_batch() -> Counts:
                columns = merge.staged_columns(session, target, staging)
                session.execute(sql.lock_for_writing(target.table))
                return merge.merge_into(session, target, staging, columns, newer_only=not load.is_full)

            return self._records(session, target.table).load_batch(
                load,
                number,
                merge_batch,
                lambda: (identify(session, target.table), merge.holds_rows(session, target.table)),
                has_stamps=target.last_update_column is not None,
                is_last=is_last,
            )

    # -- full load --------------------------------------------------------------------------------

    @override
    def publish(
        self,
        target: Target,
        load: Load,
        staging: Sequence[TableName],
        *,
        delete_missing: bool = True,
        minimum_percent: int = 0,
    ) -> Counts:
        return Publication(
            self.dsn,
            target,
            load,
            tuple(staging),
            self.log_schema,
            self.options.lock_timeout,
            delete_missing,
            minimum_percent,
        ).run()

    def _truncate_load(self, target: Target) -> TruncateLoad:
        return TruncateLoad(self.dsn, target, self.log_schema, self.options.lock_timeout)

    @override
    def empty(self, target: Target, load: Load, rows: int, *, minimum_percent: int = 0) -> None:
        self._truncate_load(target).begin(load, rows, minimum_percent)

    @override
    def copy_into(
        self, target: Target, load: Load, number: int, reader: pa.RecordBatchReader, rows: int
    ) -> int:
        columns = self._target_columns(target)
        truncate = self._truncate_load(target)
        done = truncate.recorded(load, number)
        return truncate.copy(load, number, reader, columns, rows) if done is None else done

    @override
    def finish(self, target: Target, load: Load, rows: int) -> Counts:
        return self._truncate_load(target).finish(load, rows)

    @override
    def rebuild_indexes(self, target: Target) -> list[str]:
        return self._truncate_load(target).rebuild_indexes()

    @override
    def loaded(self, target: Target, load: Load) -> Counts | None:
        with self.transaction() as session:
            return self._records(session, target.table).loaded(load)

    # -- housekeeping -----------------------------------------------------------------------------

    @override
    def count(self, table: TableName) -> int:
        with self.transaction() as session:
            return merge.count(session, table)

    @override
    def staging_tables(self, prefix: str = "") -> list[str]:
        with self.transaction() as session:
            found = session.rows(catalog.staging_tables(), {"schema": self.staging_schema, "prefix": prefix})
        return [row["name"] for row in found]

    @override
    def drop_staging(self, prefix: str) -> list[str]:
        dropped = self.staging_tables(prefix)
        for name in dropped:
            with self.transaction() as session:
                session.execute(sql.drop(TableName(self.staging_schema, name)))
        return dropped
