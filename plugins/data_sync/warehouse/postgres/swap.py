"""Replaces a target's contents by a full load, all at once, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from data_sync.warehouse import messages
from data_sync.warehouse.bookkeeping import Bookkeeping
from data_sync.warehouse.interface import Column, Counts, Load, TableName, Target
from data_sync.warehouse.postgres import lock, merge, swap_sql
from data_sync.warehouse.postgres import staging_sql as sql
from data_sync.warehouse.postgres.identity import identify
from data_sync.warehouse.postgres.session import PostgresSession, transaction

_LOAD = "_L"  # the deduped rows of a full load


@dataclass(frozen=True)
class Publication:
    """One full load of one table.

    The load is deduped into a table beside the target; then, in one transaction, what the load does not hold
    is deleted and what differs is written. Readers go on meanwhile, with the old contents.

    :param dsn: leads to the database
    :param target: the table whose contents are replaced
    :param load: the load
    :param staging: the load's staging tables, at least one
    :param log_schema: where the load is recorded
    :param lock_timeout: how long to wait for another update of the table
    :param delete_missing: whether rows that the load does not hold are deleted
    :param minimum_percent: refuse a load with fewer rows than this share of the target's
    """

    dsn: str
    target: Target
    load: Load
    staging: Sequence[TableName]
    log_schema: str
    lock_timeout: timedelta
    delete_missing: bool
    minimum_percent: int

    @property
    def _deduped(self) -> TableName:
        return replace(self.staging[0], name=self.staging[0].name + _LOAD)

    def run(self) -> Counts:
        """Publish the load, unless that is done already, and return its counts."""
        with transaction(self.dsn) as session:
            done = self._records(session).loaded(self.load)
            if done is not None:
                return done
            columns, rows = self._gather(session)
        with transaction(self.dsn) as session:
            # Without statistics the planner joins a table it takes for empty; it joins by the keys alone.
            session.execute(f"ANALYZE {sql.qualified(self._deduped)} ({sql.names(self.target.keys)})")
        with transaction(self.dsn) as session:
            return self._replace(session, columns, rows)

    def _records(self, session: PostgresSession) -> Bookkeeping:
        return Bookkeeping(session, self.log_schema, self.target.table)

    def _gather(self, session: PostgresSession) -> tuple[list[Column], int]:
        """Fill the table beside the target; return the columns that are loaded, and its rows."""
        columns, *_ = [merge.staged_columns(session, self.target, table) for table in self.staging]
        load = self._deduped
        session.execute(sql.drop(load))
        names = [column.name for column in columns]
        gathered = session.execute(swap_sql.gather(names, self.staging, load))
        rows = gathered - session.rows(sql.dedupe(self.target, load))[0]["surplus_rows"]
        session.execute(sql.remember_rows(load, rows))
        if merge.holds_rows(session, self.target.table):
            session.execute(swap_sql.index_keys(self.target, load))
        return columns, rows

    def _replace(self, session: PostgresSession, columns: Sequence[Column], rows: int) -> Counts:
        lock.take(session, self.target.table, self.lock_timeout)
        records = self._records(session)
        done = records.loaded(self.load)
        if done is not None:  # another process was at it, and has finished since
            return done
        merge.refuse_emptied(session, self._deduped)
        identity = identify(session, self.target.table)
        session.execute(sql.lock_for_writing(self.target.table))
        held_rows = merge.holds_rows(session, self.target.table)
        records.check(self.load, identity, holds_rows=held_rows, replaces=self.delete_missing)
        if self.minimum_percent:
            held = merge.count(session, self.target.table)
            messages.refuse_suspicious(self.target.table, held, rows, self.minimum_percent)
        deleted = 0
        if self.delete_missing:
            deleted = session.execute(swap_sql.delete_missing(self.target, self._deduped))
        merged = merge.merge_into(session, self.target, self._deduped, columns, newer_only=False)
        counts = replace(merged, deleted=deleted)
        holds_rows = merge.holds_rows(session, self.target.table)
        records.complete(self.load, identity, counts, holds_rows=holds_rows)
        session.execute(sql.drop(self._deduped))
        return counts
