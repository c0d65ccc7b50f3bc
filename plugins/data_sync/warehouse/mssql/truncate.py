"""Full loads by ``truncate`` in SQL Server: empty the table, copy in, rebuild the indexes."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from data_sync.errors import PermanentError
from data_sync.warehouse.interface import Column, Counts, TableName, Target
from data_sync.warehouse.mssql import bookkeeping_sql as log
from data_sync.warehouse.mssql import catalog, steps
from data_sync.warehouse.mssql import staging_sql as sql
from data_sync.warehouse.mssql import swap_sql as full
from data_sync.warehouse.mssql.errors import is_repeated_key
from data_sync.warehouse.mssql.session import MssqlSession
from data_sync.warehouse.staging_names import staging_prefix

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class TruncateLoad:
    """What a ``truncate`` load does to one table.

    :param transaction: opens a transaction
    :param target: the table
    :param log_schema: where disabled indexes and loaded batches are remembered
    """

    transaction: Callable[[], AbstractContextManager[MssqlSession]]
    target: Target
    log_schema: str

    @property
    def _name(self) -> dict[str, str]:
        return {"schema": self.target.table.schema, "name": self.target.table.name}

    @property
    def _quoted(self) -> dict[str, str]:
        return {"table": sql.qualified(self.target.table)}

    # -- emptying -----------------------------------------------------------------------------------

    def begin(self, operation: str) -> None:
        """Make an operation the table's current load, disable the secondary indexes, empty the table.

        Which indexes are disabled is remembered first: rebuilding one too many does no harm, and none
        stays disabled for good.
        """
        with self.transaction() as session:
            values = {**self._name, "operation": operation}
            if not session.execute(log.change_truncate_load(self.log_schema), values):
                session.execute(log.begin_truncate_load(self.log_schema), values)
            prefix = f"{operation}:{self.target.table}:"
            session.execute(log.forget_batches(self.log_schema), {"prefix": prefix, "length": len(prefix)})
            indexes = [row["name"] for row in session.rows(catalog.secondary_indexes(), self._quoted)]
            for index in indexes:
                remembered = {**self._name, "index": index}
                session.execute(log.forget_index(self.log_schema), remembered)
                session.execute(log.remember_index(self.log_schema), remembered)
        with self.transaction() as session:
            for index in indexes:
                session.execute(full.disable_index(self.target.table, index))
        self._empty()

    def _empty(self) -> None:
        try:
            with self.transaction() as session:
                session.execute(full.truncate(self.target.table))
        except PermanentError as error:
            LOGGER.warning(
                "TRUNCATE of %s is not possible (%s); deleting instead, which is slower",
                self.target.table,
                error,
            )
            with self.transaction() as session:
                session.execute(full.delete_all(self.target.table))

    # -- copying ------------------------------------------------------------------------------------

    def marker(self, operation: str, number: int) -> str:
        """Return the name under which a batch is recorded as loaded."""
        return f"{operation}:{self.target.table}:{number}"

    def recorded(self, marker: str) -> int | None:
        """Return the rows of a batch that is in already, else None."""
        with self.transaction() as session:
            done = steps.recorded(session, self.log_schema, marker)
        return None if done is None else done.staged

    def copy_table(self, staging_schema: str, operation: str, number: int) -> TableName:
        """Return a name for the heap that one try copies one batch to."""
        prefix = staging_prefix(self.target.table.name, operation.partition(".")[0])
        return TableName(staging_schema, f"{prefix}{number}_{uuid.uuid4().hex[:8]}")

    def take_in(self, operation: str, number: int, copy: TableName, columns: list[Column], rows: int) -> int:
        """Move a copied batch into the target and record that, in one transaction.

        A bulk copy commits on a connection of its own: had it gone straight into the target, a crash
        before the record would have the next try copy the rows twice. Inside the server the move costs
        a fraction of the copy, and SQL Server logs it as little as a bulk copy.

        :raises PermanentError: the operation is not the table's current load, or a key is repeated
        """
        marker = self.marker(operation, number)
        try:
            with self.transaction() as session:
                self._check_current(session, operation)
                steps.check_copy(session, copy, self.target, columns, rows)
                steps.record(session, self.log_schema, marker, Counts(rows, rows))
                session.execute(sql.insert_all(self.target, copy, columns))
        except PermanentError as error:
            if not is_repeated_key(str(error)):
                raise
            done = self.recorded(marker)
            if done is not None:  # a killed try was still at work, and has finished since
                return done
            raise PermanentError(
                f"{error}; the source returned a key twice, or the table was not empty: "
                "use load: swap, which keeps the newest row of each key"
            ) from error
        return rows

    def _check_current(self, session: MssqlSession, operation: str) -> None:
        found = session.rows(log.current_load(self.log_schema), self._name)
        current = found[0]["OperationId"] if found else None
        if current != operation:
            raise PermanentError(
                f"{self.target.table} has been emptied for another load ({current}) since; "
                "clear this run from its task 'empty' to load it again"
            )

    # -- indexes ------------------------------------------------------------------------------------

    def rebuild_indexes(self) -> list[str]:
        """Rebuild the remembered indexes, each in a transaction of its own, and return their names."""
        with self.transaction() as session:
            remembered = session.rows(log.remembered_indexes(self.log_schema), self._name)
        names = [row["name"] for row in remembered]
        for name in names:
            with self.transaction() as session:
                exists = session.rows(catalog.index_exists(), {**self._quoted, "index": name})
                if exists[0]["found"]:
                    session.execute(full.rebuild_index(self.target.table, name))
                session.execute(log.forget_index(self.log_schema), {**self._name, "index": name})
        return names
