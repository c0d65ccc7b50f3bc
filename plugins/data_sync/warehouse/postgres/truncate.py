"""Full loads by ``truncate`` in PostgreSQL: empty the table, copy in, rebuild the indexes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa

from data_sync.errors import CountMismatch, PermanentError
from data_sync.warehouse import messages
from data_sync.warehouse.bookkeeping import Bookkeeping
from data_sync.warehouse.conform import conform
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, Counts, Load, TableName, Target
from data_sync.warehouse.postgres import catalog, lock, merge, truncate_sql
from data_sync.warehouse.postgres import staging_sql as sql
from data_sync.warehouse.postgres.errors import UNIQUE_VIOLATION
from data_sync.warehouse.postgres.identity import identify
from data_sync.warehouse.postgres.session import PostgresSession, copying, ingest, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class TruncateLoad:
    """What a ``truncate`` load does to one table.

    :param dsn: leads to the database
    :param target: the table
    :param log_schema: where disabled indexes and loaded batches are remembered
    :param lock_timeout: how long to wait for another update of the table, and for its readers
    """

    dsn: str
    target: Target
    log_schema: str
    lock_timeout: timedelta

    def _records(self, session: PostgresSession) -> Bookkeeping:
        return Bookkeeping(session, self.log_schema, self.target.table)

    # -- emptying -----------------------------------------------------------------------------------

    def begin(self, load: Load, rows: int, minimum_percent: int) -> None:
        """Make a load the current one, drop the secondary indexes and empty the table, all at once."""
        table = self.target.table
        with transaction(self.dsn) as session:
            lock.take(session, table, self.lock_timeout)
            identity = identify(session, table)
            if identity is None:
                raise messages.no_table(table)
            records = self._records(session)
            records.check(load, identity, holds_rows=True, replaces=True)
            if minimum_percent:
                messages.refuse_suspicious(table, merge.count(session, table), rows, minimum_percent)
            records.begin_truncate(load, identity)
            lock.patiently(session, lambda: self._empty(session, records), self.lock_timeout)

    def _empty(self, session: PostgresSession, records: Bookkeeping) -> None:
        # The one lock that shuts readers out first: what follows then waits for nobody.
        self._truncate(session)
        for index in session.rows(catalog.secondary_indexes(), {"table": sql.qualified(self.target.table)}):
            records.remember_index(index["name"], index["definition"])
            session.execute(f"DROP INDEX {sql.qualified(TableName(self.target.table.schema, index['name']))}")

    def _truncate(self, session: PostgresSession) -> None:
        table = self.target.table
        session.execute("SAVEPOINT before_truncate")
        try:
            session.execute(f"TRUNCATE TABLE {sql.qualified(table)}")
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.InsufficientPrivilege) as error:
            session.execute("ROLLBACK TO SAVEPOINT before_truncate")
            LOGGER.warning("%s", messages.cannot_truncate(table, error))
            session.execute(f"DELETE FROM {sql.qualified(table)}")

    # -- copying ------------------------------------------------------------------------------------

    def recorded(self, load: Load, number: int) -> int | None:
        """Return the rows of a batch that is in already, else None."""
        with transaction(self.dsn) as session:
            done = self._records(session).loaded(load, number)
        return None if done is None else done.staged

    def copy(
        self, load: Load, number: int, reader: pa.RecordBatchReader, columns: Sequence[Column], rows: int
    ) -> int:
        """Copy a batch and record that, in one transaction.

        :raises PermanentError: the load is not the table's current one, or a key is repeated
        """
        try:
            with copying(self.dsn) as cursor:
                self._claim(cursor, load, number, rows)
                sent = ingest(cursor, self.target.table, _without_row_number(conform(reader, columns)))
                if sent != rows:
                    raise CountMismatch(
                        f"{self.target.table}: {sent:,} of batch {number}'s {rows:,} rows arrived"
                    )
        except PermanentError as error:
            if error.code != UNIQUE_VIOLATION:
                raise
            done = self.recorded(load, number)
            if done is not None:  # a killed try was still copying, and has finished since
                return done
            raise messages.copied_key_is_there(error) from error
        return rows

    def _claim(self, cursor: Any, load: Load, number: int, rows: int) -> None:
        """Record a batch as loaded, in the transaction of its copy, if its load is still the current one."""
        table = self.target.table
        cursor.execute(truncate_sql.current_load(self.log_schema), (table.schema, table.name))
        found = cursor.fetchone()
        current = found[0] if found else None
        if current != load.token:
            raise messages.emptied_since(table, current)
        cursor.execute(
            truncate_sql.record_copy(self.log_schema),
            (load.operation_id, load.reading, number, table.schema, table.name, rows),
        )

    def finish(self, load: Load, rows: int) -> Counts:
        """Check that the batches are all in, and make the target complete."""
        with transaction(self.dsn) as session:
            lock.take(session, self.target.table, self.lock_timeout)
            return self._records(session).finish_truncate(
                load,
                rows,
                lambda: merge.count(session, self.target.table),
                lambda: identify(session, self.target.table),
            )

    # -- indexes ------------------------------------------------------------------------------------

    def rebuild_indexes(self) -> list[str]:
        """Build the remembered indexes again, and return their names."""
        with transaction(self.dsn) as session:
            lock.take(session, self.target.table, self.lock_timeout)
            records = self._records(session)
            remembered = records.remembered_indexes()
            for index in remembered:
                name = TableName(self.target.table.schema, index["name"])
                exists = session.rows("SELECT to_regclass(%(name)s) AS oid", {"name": sql.qualified(name)})
                if exists[0]["oid"] is None:
                    session.execute(index["definition"])
                records.forget_index(index["name"])
        return [index["name"] for index in remembered]


def _without_row_number(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Return the reader without the column that only staging tables have."""
    kept = [name for name in reader.schema.names if name != ROW_NUMBER_COLUMN]
    schema = pa.schema([reader.schema.field(name) for name in kept])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            yield batch.select(kept)

    return pa.RecordBatchReader.from_batches(schema, batches())
