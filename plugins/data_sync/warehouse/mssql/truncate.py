"""Full loads by ``truncate`` in SQL Server: empty the table, copy in, rebuild the indexes."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

from data_sync.errors import PermanentError
from data_sync.warehouse import messages
from data_sync.warehouse.bookkeeping import Bookkeeping
from data_sync.warehouse.interface import Column, Counts, Load, TableName, Target
from data_sync.warehouse.mssql import catalog, lock, merge, swap_sql
from data_sync.warehouse.mssql import staging_sql as sql
from data_sync.warehouse.mssql.copy_check import check_copy
from data_sync.warehouse.mssql.errors import REPEATED_KEYS
from data_sync.warehouse.mssql.identity import identify
from data_sync.warehouse.mssql.session import MssqlSession
from data_sync.warehouse.staging_names import staging_prefix

LOGGER = logging.getLogger(__name__)

DELETED_AT_ONCE = 100_000
"""Rows that are deleted in one transaction where the table cannot be truncated."""


class _TruncateRefused(PermanentError):
    """SQL Server does not truncate this table: a foreign key, an indexed view, replication, system
    versioning or a missing right stands in the way.

    https://learn.microsoft.com/sql/t-sql/statements/truncate-table-transact-sql#restrictions
    """


@dataclass(frozen=True)
class TruncateLoad:
    """What a ``truncate`` load does to one table.

    :param transaction: opens a transaction
    :param target: the table
    :param log_schema: where disabled indexes and loaded batches are remembered
    :param lock_timeout: how long to wait for another update of the table, and for its readers
    """

    transaction: Callable[[], AbstractContextManager[MssqlSession]]
    target: Target
    log_schema: str
    lock_timeout: timedelta

    @property
    def _quoted(self) -> dict[str, str]:
        return {"table": sql.qualified(self.target.table)}

    def _records(self, session: MssqlSession) -> Bookkeeping:
        return Bookkeeping(session, self.log_schema, self.target.table)

    # -- emptying -----------------------------------------------------------------------------------

    def begin(self, load: Load, rows: int, minimum_percent: int) -> None:
        """Make a load the table's current one, disable the secondary indexes and empty the table.

        All at once where SQL Server can truncate the table. Where it cannot, the table is marked as
        incomplete first, and the rows are deleted some at a time.
        """
        table = self.target.table
        try:
            with self.transaction() as session:
                self._begin(session, load, rows, minimum_percent)
                self._truncate(session)
                self._disable_indexes(session)
            return
        except _TruncateRefused as error:
            LOGGER.warning("%s", messages.cannot_truncate(table, error))
        with self.transaction() as session:
            self._begin(session, load, rows, minimum_percent)
            self._disable_indexes(session)
        deleted = DELETED_AT_ONCE
        while deleted:
            with self.transaction() as session:
                lock.take_for_writing(session, self.log_schema, table, self.lock_timeout)
                self._records(session).check_current(load)
                deleted = session.touch(swap_sql.delete_some(table, DELETED_AT_ONCE))

    def _begin(self, session: MssqlSession, load: Load, rows: int, minimum_percent: int) -> None:
        table = self.target.table
        lock.take_for_writing(session, self.log_schema, table, self.lock_timeout)
        identity = identify(session, table)
        if identity is None:
            raise messages.no_table(table)
        records = self._records(session)
        records.check(load, identity, holds_rows=True, replaces=True)
        if minimum_percent:
            messages.refuse_suspicious(table, merge.count(session, table), rows, minimum_percent)
        records.begin_truncate(load, identity)

    def _truncate(self, session: MssqlSession) -> None:
        try:
            self._patiently(session, swap_sql.truncate(self.target.table))
        except PermanentError as error:
            raise _TruncateRefused(str(error)) from error

    def _disable_indexes(self, session: MssqlSession) -> None:
        records = self._records(session)
        for index in [row["name"] for row in session.rows(catalog.secondary_indexes(), self._quoted)]:
            records.remember_index(index)
            self._patiently(session, swap_sql.disable_index(self.target.table, index))

    def _patiently(self, session: MssqlSession, statement: str) -> None:
        lock.patiently(session, lambda: session.execute(statement), self.lock_timeout)

    # -- copying ------------------------------------------------------------------------------------

    def recorded(self, load: Load, number: int) -> int | None:
        """Return the rows of a batch that is in already, else None."""
        with self.transaction() as session:
            done = self._records(session).loaded(load, number)
        return None if done is None else done.staged

    def copy_table(self, staging_schema: str, load: Load, number: int) -> TableName:
        """Return a name for the heap that one try copies one batch to."""
        prefix = staging_prefix(self.target.table.name, load.operation_id)
        return TableName(staging_schema, f"{prefix}{number}_{uuid.uuid4().hex[:8]}")

    def take_in(self, load: Load, number: int, copy: TableName, columns: list[Column], rows: int) -> int:
        """Move a copied batch into the target and record that, in one transaction.

        A bulk copy commits on a connection of its own: had it gone straight into the target, a crash
        before the record would have the next try copy the rows twice. Inside the server the move costs
        a fraction of the copy, and SQL Server logs it as little as a bulk copy.

        :raises PermanentError: the load is not the table's current one, or a key is repeated
        """
        try:
            with self.transaction() as session:
                records = self._records(session)
                records.check_current(load)
                check_copy(session, copy, self.target, columns, rows)
                records.record(load, number, Counts(rows, rows))
                session.execute(sql.insert_all(self.target, copy, columns))
        except PermanentError as error:
            if error.code not in REPEATED_KEYS:
                raise
            done = self.recorded(load, number)
            if done is not None:  # a killed try was still at work, and has finished since
                return done
            raise messages.copied_key_is_there(error) from error
        return rows

    def finish(self, load: Load, rows: int) -> Counts:
        """Check that the batches are all in, and make the target complete."""
        table = self.target.table
        with self.transaction() as session:
            lock.take_for_writing(session, self.log_schema, table, self.lock_timeout)
            return self._records(session).finish_truncate(
                load, rows, lambda: merge.count(session, table), lambda: identify(session, table)
            )

    # -- indexes ------------------------------------------------------------------------------------

    def rebuild_indexes(self) -> list[str]:
        """Rebuild the remembered indexes, each in a transaction of its own, and return their names."""
        with self.transaction() as session:
            names = [row["name"] for row in self._records(session).remembered_indexes()]
        for name in names:
            with self.transaction() as session:
                lock.take_for_writing(session, self.log_schema, self.target.table, self.lock_timeout)
                exists = session.rows(catalog.index_exists(), {**self._quoted, "index": name})
                if exists[0]["found"]:
                    session.execute(swap_sql.rebuild_index(self.target.table, name))
                self._records(session).forget_index(name)
        return names
