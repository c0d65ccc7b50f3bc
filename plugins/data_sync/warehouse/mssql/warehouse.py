"""The SQL Server warehouse, from version 2016 on."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from typing_extensions import override

from data_sync.errors import DataSyncError, PermanentError
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
from data_sync.warehouse.mssql import catalog, ddl, lock, merge
from data_sync.warehouse.mssql import staging_sql as sql
from data_sync.warehouse.mssql.copy_check import check_copy
from data_sync.warehouse.mssql.errors import REPEATED_KEYS
from data_sync.warehouse.mssql.hook import MssqlPythonHook
from data_sync.warehouse.mssql.identity import identify, physical_name
from data_sync.warehouse.mssql.session import MssqlSession, bulk_copy, connected, seconds, transaction
from data_sync.warehouse.mssql.swap import Publication
from data_sync.warehouse.mssql.truncate import TruncateLoad

if TYPE_CHECKING:
    import pyarrow as pa
    from airflow.sdk import Connection

    from data_sync.settings.models import WarehouseOptions
    from data_sync.warehouse.migration import Change

LOGGER = logging.getLogger(__name__)

_RAW = "_R"  # the copy before its dedupe


class SqlServerWarehouse(Warehouse):
    """See :class:`Warehouse`.

    :param connection: the Airflow connection, of type ``mssql``
    :param options: schemas and time limits
    :param bulk_copy_batch_size: rows after which a bulk copy commits
    """

    dialect = "mssql"
    ignores_case = True

    def __init__(self, connection: Connection, options: WarehouseOptions, bulk_copy_batch_size: int) -> None:
        self.connection = connection
        self.options = options
        self.bulk_copy_batch_size = bulk_copy_batch_size
        self.staging_schema = options.staging_schema
        self.log_schema = options.log_schema

    # -- sessions ---------------------------------------------------------------------------------

    @property
    def hook(self) -> MssqlPythonHook:
        """The hook that connects to the warehouse, under its limits."""
        return MssqlPythonHook.of(self.connection, seconds(self.options.statement_timeout))

    @override
    def transaction(self) -> AbstractContextManager[MssqlSession]:
        return transaction(self.connection, self.options)

    @override
    @contextmanager
    def lock(self, name: TableName) -> Iterator[None]:
        wait = self.options.lock_timeout
        resource = lock.resource(name)
        # The wait is limited by the lock's own timeout, however short a statement's may be.
        with connected(self.connection, self.options, wait + timedelta(minutes=1)) as session:
            session.commit_each()
            lock.take(session, resource, wait, f"another update of {name}")
            try:
                yield
            finally:
                with contextlib.suppress(Exception):  # closing the connection releases it as well
                    session.rows(lock.release(), {"resource": resource})

    # -- set-up -----------------------------------------------------------------------------------

    @override
    @contextmanager
    def installing(self) -> Iterator[MssqlSession]:
        with self.transaction() as session:
            lock.take(session, lock.INSTALLATION, self.options.lock_timeout, "another installation")
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
        statement = ddl.create_target(target, schema)
        with self.installing() as session:
            self.create_schemas(session, [target.table.schema])
            session.execute(statement)

    @override
    def states(self, tables: Sequence[TableName]) -> list[TargetState]:
        with self.transaction() as session:
            baselines = all_baselines(session, self.log_schema)
            return [self._state(session, table, baselines.get(table)) for table in tables]

    def _state(self, session: MssqlSession, table: TableName, baseline: Baseline | None) -> TargetState:
        found = physical_name(session, table)
        return TargetState(found, found is not None and merge.any_row(session, table), baseline)

    @override
    def start_reading(self, table: TableName) -> Reading:
        try:
            return self._start_reading(table)
        except PermanentError as error:
            if error.code not in REPEATED_KEYS:
                raise
            return self._start_reading(table)  # another first reading of the table began at the same time

    def _start_reading(self, table: TableName) -> Reading:
        with self.transaction() as session:
            identify(session, table)
            records = self._records(session, table)
            number = records.next_reading()
            return Reading(number, merge.columns_of(session, table), records.baseline())

    def _records(self, session: MssqlSession, table: TableName) -> Bookkeeping:
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
        raw = replace(staging, name=staging.name + _RAW) if dedupe else staging
        with self._dropped_on_error(staging, raw):
            tables = {raw: [sql.create_copy(raw, filled)]}
            if dedupe:
                index = sql.index_keys(target, staging, filled)
                tables[staging] = [sql.create_staging(staging, filled), *([index] if index else [])]
            self._create(tables)
            self._copy(raw, conform(reader, columns))
            with self.transaction() as session:
                check_copy(session, raw, target, filled, rows)
                if not dedupe:
                    return rows
                kept = session.execute(sql.dedupe(target, filled, [raw], staging))
                session.execute(sql.drop(raw))
                return kept

    def _target_columns(self, target: Target) -> list[Column]:
        columns = self.columns(target.table)
        if not columns:
            raise messages.no_table(target.table)
        return columns

    def _create(self, tables: Mapping[TableName, Sequence[str]]) -> None:
        """Create tables anew, committed at once: until then they hold up those who read the catalog."""
        with self.transaction() as session:
            for table, statements in tables.items():
                session.execute(sql.drop(table))
                for statement in statements:
                    session.execute(statement)

    def _copy(self, heap: TableName, reader: pa.RecordBatchReader) -> None:
        """Copy into a heap; the rows commit as they come."""
        bulk_copy(
            self.connection,
            heap,
            reader,
            batch_size=self.bulk_copy_batch_size,
            limit=self.options.statement_timeout,
        )

    @contextmanager
    def _dropped_on_error(self, *tables: TableName) -> Iterator[None]:
        try:
            yield
        except Exception:
            try:
                with self.transaction() as session:
                    for table in tables:
                        session.execute(sql.drop(table))
            except DataSyncError as error:
                LOGGER.warning("%s is left over: %s", tables[-1], error)
            raise

    @override
    def merge(self, target: Target, load: Load, number: int, staging: TableName, *, is_last: bool) -> Counts:
        table = target.table
        with self.transaction() as session:
            lock.take_for_writing(session, self.log_schema, table, self.options.lock_timeout)

            def merge_batch() -> Counts:
                columns = merge.staged_columns(session, target, staging)
                return merge.merge_into(session, target, staging, columns, newer_only=not load.is_full)

            return self._records(session, table).load_batch(
                load,
                number,
                merge_batch,
                lambda: (identify(session, table), merge.any_row(session, table)),
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
            self.transaction,
            target,
            load,
            tuple(staging),
            self.log_schema,
            self.options.lock_timeout,
            delete_missing,
            minimum_percent,
        ).run()

    def _truncate_load(self, target: Target) -> TruncateLoad:
        return TruncateLoad(self.transaction, target, self.log_schema, self.options.lock_timeout)

    @override
    def empty(self, target: Target, load: Load, rows: int, *, minimum_percent: int = 0) -> None:
        self._truncate_load(target).begin(load, rows, minimum_percent)

    @override
    def copy_into(
        self, target: Target, load: Load, number: int, reader: pa.RecordBatchReader, rows: int
    ) -> int:
        truncate = self._truncate_load(target)
        done = truncate.recorded(load, number)
        if done is not None:
            return done
        columns = self._target_columns(target)
        filled = loadable(reader.schema.names, columns)
        heap = truncate.copy_table(self.staging_schema, load, number)
        with self._dropped_on_error(heap):
            self._create({heap: [sql.create_copy(heap, filled)]})
            self._copy(heap, conform(reader, columns))
            copied = truncate.take_in(load, number, heap, filled, rows)
        with self.transaction() as session:
            session.execute(sql.drop(heap))
        return copied

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
            found = session.rows(catalog.staging_tables(), {"schema": self.staging_schema})
        # Compared here, whatever the catalog's collation. Case is overlooked, since a server may fold names;
        # tables that differ in case alone have operations, and so prefixes, of their own.
        wanted = prefix.casefold()
        return sorted(row["name"] for row in found if row["name"].casefold().startswith(wanted))

    @override
    def drop_staging(self, prefix: str) -> list[str]:
        dropped = self.staging_tables(prefix)
        for name in dropped:
            with self.transaction() as session:
                session.execute(sql.drop(TableName(self.staging_schema, name)))
        return dropped
