"""Replaces a target's contents by a full load, all at once, in SQL Server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from data_sync.errors import BaselineBroken, DataSyncError, PermanentError, StaleLoad, SuspiciousLoad
from data_sync.warehouse import messages
from data_sync.warehouse.bookkeeping import Bookkeeping
from data_sync.warehouse.interface import Column, Counts, Load, TableName, Target
from data_sync.warehouse.mssql import catalog, lock, merge, swap_sql
from data_sync.warehouse.mssql import staging_sql as sql
from data_sync.warehouse.mssql.identity import identify
from data_sync.warehouse.mssql.session import MssqlSession

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Publication:
    """One full load of one table.

    The load is deduped into a table beside the target; then what differs is collected while readers go
    on. Where SQL Server's rules allow it, the contents are switched, which takes an instant. Elsewhere
    the collected differences are applied in the same transaction, under an exclusive table lock for as
    long as they alone take. Tables are not renamed: that would lose grants, and views would have to be
    bound anew.

    :param transaction: opens a transaction
    :param target: the table whose contents are replaced
    :param load: the load
    :param staging: the load's staging tables, at least one
    :param log_schema: where the load is recorded
    :param lock_timeout: how long to wait for another update of the table, and for its readers
    :param delete_missing: whether rows that the load does not hold are deleted
    :param minimum_percent: refuse a load with fewer rows than this share of the target's
    """

    transaction: Callable[[], AbstractContextManager[MssqlSession]]
    target: Target
    load: Load
    staging: Sequence[TableName]
    log_schema: str
    lock_timeout: timedelta
    delete_missing: bool
    minimum_percent: int

    def run(self) -> Counts:
        """Publish the load, unless that is done already, and return its counts."""
        with self.transaction() as session:
            done = self._records(session).loaded(self.load)
            if done is not None:
                return done
            columns, *_ = [merge.staged_columns(session, self.target, table) for table in self.staging]
        twin = self.delete_missing and self._build_twin(columns)
        if not twin:
            self._build_load(columns)
        counts = self._replace(columns, twin=twin)
        with self.transaction() as session:
            self._drop_tables(session)
        return counts

    def _records(self, session: MssqlSession) -> Bookkeeping:
        return Bookkeeping(session, self.log_schema, self.target.table)

    def _beside(self, suffix: str) -> TableName:
        return replace(self.staging[0], name=self.staging[0].name + suffix)

    @property
    def _load(self) -> TableName:
        return self._beside("_L")

    @property
    def _old(self) -> TableName:
        return self._beside("_O")

    @property
    def _missing(self) -> TableName:
        return self._beside("_D")

    @property
    def _changed(self) -> TableName:
        return self._beside("_C")

    def _drop_tables(self, session: MssqlSession) -> None:
        for table in (self._load, self._old, self._missing, self._changed):
            session.execute(sql.drop(table))

    def _prepare(self, columns: Sequence[Column], statements: Sequence[str]) -> None:
        """Create the tables beside the target, empty and committed at once.

        An open transaction that created tables would hold up everybody who reads the catalog.
        """
        keys = [column for column in columns if column.name in self.target.keys]
        with self.transaction() as session:
            self._drop_tables(session)
            session.execute(sql.create_staging(self._missing, keys, numbered=False))
            session.execute(sql.create_staging(self._changed, columns, numbered=False))
            for statement in statements:
                session.execute(statement)

    def _fill(self, columns: Sequence[Column], indexes: Sequence[str] = ()) -> None:
        with self.transaction() as session:
            session.execute(sql.dedupe(self.target, columns, self.staging, self._load, numbered=False))
        for index in indexes:
            with self.transaction() as session:
                session.execute(index)

    def _build_load(self, columns: Sequence[Column]) -> None:
        """Load into a table of the target's columns."""
        index = sql.index_keys(self.target, self._load, columns)
        create = sql.create_staging(self._load, columns, numbered=False)
        self._prepare(columns, [create, index] if index else [create])
        self._fill(columns)

    # -- the load as a twin of the target, to be switched -------------------------------------------

    def _build_twin(self, columns: Sequence[Column]) -> bool:
        """Load into a table of the target's very structure; return whether that was possible."""
        table = {"table": sql.qualified(self.target.table)}
        try:
            with self.transaction() as session:
                obstacles = self._obstacles(session, columns)
                if obstacles:
                    self._log_fallback("is not possible", "; ".join(obstacles))
                    return False
                indexes = session.rows(catalog.indexes(), table)
                checks = session.rows(catalog.check_constraints(), table)
            load, old = (
                swap_sql.create_twin(twin, columns, indexes, checks) for twin in (self._load, self._old)
            )
            self._prepare(columns, [*load.empty, *old.empty, *old.filled])
            self._fill(columns, load.filled)
        except PermanentError as error:
            self._log_fallback("could not be prepared", str(error))
            return False
        return True

    def _obstacles(self, session: MssqlSession, columns: Sequence[Column]) -> list[str]:
        loaded = {column.name for column in columns}
        table = {"table": sql.qualified(self.target.table)}
        kept = [
            column.name
            for column in merge.columns_of(session, self.target.table)
            if column.name not in loaded
        ]
        found = [f"column {name!r} is not loaded and would lose its values" for name in kept]
        return found or [row["reason"] for row in session.rows(catalog.switch_obstacles(), table)]

    def _log_fallback(self, what: str, why: str) -> None:
        LOGGER.info(
            "%s: SWITCH %s (%s); applying the differences in one transaction", self.target.table, what, why
        )

    # -- the replacement ----------------------------------------------------------------------------

    def _replace(self, columns: Sequence[Column], *, twin: bool) -> Counts:
        if twin:
            try:
                return self._replace_once(columns, switch=True)
            except (StaleLoad, BaselineBroken, SuspiciousLoad):
                raise
            except PermanentError as error:
                self._log_fallback("failed", str(error))
        return self._replace_once(columns, switch=False)

    def _replace_once(self, columns: Sequence[Column], *, switch: bool) -> Counts:
        table = self.target.table
        with self.transaction() as session:
            lock.take_for_writing(session, self.log_schema, table, self.lock_timeout)
            records = self._records(session)
            done = records.loaded(self.load)
            if done is not None:  # another process was at it, and has finished since
                return done
            identity = identify(session, table)
            empty = not merge.holds_rows(session, table)
            records.check(self.load, identity, holds_rows=not empty, replaces=self.delete_missing)
            rows = merge.count(session, self._load)
            if self.minimum_percent and not empty:
                held = merge.count(session, table)
                messages.refuse_suspicious(table, held, rows, self.minimum_percent)
            counts = Counts(rows, rows) if empty else self._collect(session, columns, rows)
            changed = bool(counts.inserted or counts.updated or counts.deleted)
            if changed and switch:
                self._switch(session)
            elif changed and empty:
                session.execute(sql.insert_all(self.target, self._load, columns))
            elif changed:
                self._apply(session, columns)
            records.complete(self.load, identity, counts, holds_rows=merge.any_row(session, table))
        if changed and switch:
            self._update_statistics()
        return counts

    def _collect(self, session: MssqlSession, columns: Sequence[Column], rows: int) -> Counts:
        """Collect what differs, and count it.

        :param rows: rows of the load
        :raises PermanentError: the target holds a key more than once
        """
        deleted = 0
        if self.delete_missing:
            deleted = session.touch(swap_sql.collect_missing(self.target, self._load, self._missing))
        touched = session.touch(swap_sql.collect_changed(self.target, self._load, self._changed, columns))
        _, inserted = merge.count_new(session, self.target, self._changed)
        found = merge.count(session, self.target.table)
        if self.delete_missing and found != rows - inserted + deleted:
            raise messages.repeated_keys(self.target)
        return Counts(rows, inserted, touched - inserted, rows - touched, deleted)

    def _switch(self, session: MssqlSession) -> None:
        minutes = max(1, ceil(self.lock_timeout / timedelta(minutes=1)))
        session.execute(swap_sql.switch(self.target.table, self._old, minutes))
        session.execute(swap_sql.switch(self._load, self.target.table, minutes))
        LOGGER.info("%s: switched to its new contents", self.target.table)

    def _apply(self, session: MssqlSession, columns: Sequence[Column]) -> None:
        table = self.target.table
        lock.patiently(session, lambda: session.rows(swap_sql.lock_readers_out(table)), self.lock_timeout)
        if self.delete_missing:
            nullable = [
                column.name for column in columns if column.name in self.target.keys and column.nullable
            ]
            session.execute(swap_sql.delete_collected(self.target, self._missing, nullable))
        session.execute(
            sql.merge(self.target, self._changed, columns, newer_only=False, hints="TABLOCKX") + ";"
        )

    def _update_statistics(self) -> None:
        try:
            with self.transaction() as session:
                session.execute(swap_sql.update_statistics(self.target.table))
        except DataSyncError as error:  # the load itself is done
            LOGGER.warning("the statistics of %s are still those of its former contents: %s",
                           self.target.table, error)  # fmt: skip
