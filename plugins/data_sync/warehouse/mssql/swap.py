"""Replaces a target's contents by a full load, all at once, in SQL Server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from data_sync.errors import DataSyncError, PermanentError
from data_sync.warehouse.interface import Column, Counts, TableName, Target
from data_sync.warehouse.mssql import catalog, steps
from data_sync.warehouse.mssql import staging_sql as sql
from data_sync.warehouse.mssql import swap_sql as full
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
    :param staging: the load's staging tables, at least one
    :param log_schema: where the load is recorded
    :param wait_minutes: how long a switch may wait for readers
    """

    transaction: Callable[[], AbstractContextManager[MssqlSession]]
    target: Target
    staging: Sequence[TableName]
    log_schema: str
    wait_minutes: int

    def run(self) -> Counts:
        """Publish the load, unless that is done already, and return its counts."""
        with self.transaction() as session:
            done = steps.recorded(session, self.log_schema, self.staging[0].name)
            if done is not None:
                return done
            columns, *_ = [steps.staged_columns(session, self.target, table) for table in self.staging]
        twin = self._build_twin(columns)
        if not twin:
            self._build_load(columns)
        counts = self._replace(columns, twin=twin)
        with self.transaction() as session:
            self._drop_tables(session)
        return counts

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

    def _fill(self, columns: Sequence[Column], indexes: Sequence[str]) -> None:
        with self.transaction() as session:
            session.execute(sql.dedupe(self.target, columns, self.staging, self._load, numbered=False))
        for index in indexes:
            with self.transaction() as session:
                session.execute(index)

    def _build_load(self, columns: Sequence[Column]) -> None:
        """Load into a table of the target's columns."""
        self._prepare(columns, [sql.create_staging(self._load, columns, numbered=False)])
        self._fill(columns, [full.index_keys(self.target, self._load)])

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
            load, old = (full.create_twin(twin, columns, indexes, checks) for twin in (self._load, self._old))
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
            for column in steps.columns_of(session, self.target.table)
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
            except PermanentError as error:
                self._log_fallback("failed", str(error))
        return self._replace_once(columns, switch=False)

    def _replace_once(self, columns: Sequence[Column], *, switch: bool) -> Counts:
        with self.transaction() as session:
            empty = not steps.holds_rows(session, self.target.table)
            counts = self._count(session) if empty else self._collect(session, columns)
            changed = bool(counts.inserted or counts.updated or counts.deleted)
            if changed and switch:
                self._switch(session)
            elif changed and empty:
                session.execute(sql.insert_all(self.target, self._load, columns))
            elif changed:
                self._apply(session, columns)
            steps.record(session, self.log_schema, self.staging[0].name, counts)
        if changed and switch:
            self._update_statistics()
        return counts

    def _count(self, session: MssqlSession) -> Counts:
        """Return the counts of a load into an empty table."""
        rows = steps.count(session, self._load)
        return Counts(rows, rows)

    def _collect(self, session: MssqlSession, columns: Sequence[Column]) -> Counts:
        """Collect what differs, and count it.

        :raises PermanentError: the target holds a key more than once
        """
        deleted = session.touch(full.collect_missing(self.target, self._load, self._missing))
        touched = session.touch(full.collect_changed(self.target, self._load, self._changed, columns))
        _, inserted = steps.count_new(session, self.target, self._changed)
        staged = steps.count(session, self._load)
        if steps.count(session, self.target.table) != staged - inserted + deleted:
            raise steps.repeated_keys(self.target)
        return Counts(staged, inserted, touched - inserted, staged - touched, deleted)

    def _switch(self, session: MssqlSession) -> None:
        session.execute(full.switch(self.target.table, self._old, self.wait_minutes))
        session.execute(full.switch(self._load, self.target.table, self.wait_minutes))
        LOGGER.info("%s: switched to its new contents", self.target.table)

    def _apply(self, session: MssqlSession, columns: Sequence[Column]) -> None:
        session.execute(full.delete_collected(self.target, self._missing))
        session.execute(
            sql.merge(self.target, self._changed, columns, newer_only=False, hints="TABLOCKX") + ";"
        )

    def _update_statistics(self) -> None:
        try:
            with self.transaction() as session:
                session.execute(full.update_statistics(self.target.table))
        except DataSyncError as error:  # the load itself is done
            LOGGER.warning("the statistics of %s are still those of its former contents: %s",
                           self.target.table, error)  # fmt: skip
