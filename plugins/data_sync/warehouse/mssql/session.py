"""Connections to a SQL Server warehouse: settings, transactions, bulk copies, translated errors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from math import ceil
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from data_sync.errors import DataSyncError, TransientError
from data_sync.warehouse.interface import Session, TableName
from data_sync.warehouse.mssql.errors import to_data_sync_error
from data_sync.warehouse.mssql.hook import MssqlPythonHook
from data_sync.warehouse.mssql.staging_sql import counted, qualified

if TYPE_CHECKING:
    import pyarrow as pa
    from airflow.sdk import Connection

    from data_sync.settings.models import WarehouseOptions


def seconds(duration: timedelta) -> int:
    """Return a duration in whole seconds; at least 1, since 0 means no limit."""
    return max(1, ceil(duration.total_seconds()))


def milliseconds(duration: timedelta) -> int:
    """Return a duration in milliseconds; at least 1, since 0 means not to wait at all."""
    return max(1, int(duration.total_seconds() * 1000))


def settings(lock_timeout: timedelta) -> str:
    """Return the batch that prepares a session.

    XACT_ABORT leaves no transaction half done; us_english makes the server's messages those that
    :mod:`~data_sync.warehouse.mssql.errors` knows; of a deadlock with a reader, the reader survives.
    """
    return (
        "SET XACT_ABORT ON;\nSET LANGUAGE us_english;\nSET DEADLOCK_PRIORITY LOW;\n"
        f"SET LOCK_TIMEOUT {milliseconds(lock_timeout)};"
    )


class MssqlSession(Session):
    """A connection of mssql-python inside a transaction.

    :param connection: an open connection that does not commit by itself
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @override
    def stamp(self, instant: datetime) -> datetime:
        return instant.astimezone(timezone.utc).replace(tzinfo=None)

    @override
    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        with closing(self._connection.cursor()) as cursor:
            _run(cursor, sql, params)
            touched = max(0, int(cursor.rowcount))
            while cursor.nextset():  # where a batch's later statements tell of their errors
                pass
            return touched

    @override
    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        with closing(self._connection.cursor()) as cursor:
            _run(cursor, sql, params)
            while cursor.description is None and cursor.nextset():
                pass  # a statement of the batch that returns no rows, before the one that does
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def touch(self, sql: str) -> int:
        """Run one statement and return how many rows it changed, whatever triggers it fired."""
        return int(self.rows(counted(sql))[0]["touched"])


def _run(cursor: Any, sql: str, params: Mapping[str, Any] | None) -> None:
    try:
        if params:
            cursor.execute(sql, dict(params))
        else:
            cursor.execute(sql)
    except RuntimeError as error:  # the driver's native part raises it for what it cannot name
        raise to_data_sync_error(str(error)) from None


@contextmanager
def connected(connection: Connection, options: WarehouseOptions, query_timeout: timedelta) -> Iterator[Any]:
    """Open a connection of the driver with the session's settings, and close it."""
    hook = MssqlPythonHook.of(connection, seconds(query_timeout))
    with translated(hook), closing(_open(hook)) as opened:
        MssqlSession(opened).execute(settings(options.lock_timeout))
        yield opened


def _open(hook: MssqlPythonHook) -> Any:
    try:
        return hook.get_conn()
    except RuntimeError as error:  # the driver's native part raises it for what it cannot name
        raise to_data_sync_error(hook.without_secrets(str(error))) from None


@contextmanager
def transaction(connection: Connection, options: WarehouseOptions) -> Iterator[MssqlSession]:
    """Open a connection and a transaction; commit on success, roll back on any error."""
    with connected(connection, options, options.statement_timeout) as opened:
        try:
            yield MssqlSession(opened)
            opened.commit()
        except BaseException:
            with contextlib.suppress(Exception):  # the server rolls back what a lost connection leaves
                opened.rollback()
            raise


@contextmanager
def translated(hook: MssqlPythonHook) -> Iterator[None]:
    """Turn the driver's errors into those of :mod:`data_sync.errors`, without the password."""
    from mssql_python.exceptions import ConnectionStringParseError
    from mssql_python.exceptions import Exception as DriverError

    try:
        yield
    except DataSyncError:
        raise
    except (DriverError, ConnectionStringParseError) as error:
        raise to_data_sync_error(hook.without_secrets(str(error))) from None


def bulk_copy(
    connection: Connection,
    table: TableName,
    reader: pa.RecordBatchReader,
    *,
    batch_size: int,
    limit: timedelta,
) -> None:
    """Copy Arrow batches into an existing table, on a connection of the driver's own.

    Each ``batch_size`` rows commit by themselves. An error of the reader arrives as it was raised.

    :param limit: how long the whole copy may take
    :raises TransientError: the copy broke off; the table may hold some of the rows
    """
    # The driver takes the cursor's query timeout for the time to connect in.
    hook = MssqlPythonHook.of(connection)
    hook.query_timeout = hook.login_timeout
    failures: list[Exception] = []
    with translated(hook), closing(_open(hook)) as opened, closing(opened.cursor()) as cursor:
        try:
            cursor.bulkcopy_arrow(
                qualified(table),
                _remembering(reader, failures),
                batch_size=batch_size,
                timeout=seconds(limit),
                column_mappings=list(enumerate(reader.schema.names)),
                table_lock=True,
                keep_nulls=True,
            )
        except BaseException as error:  # noqa: BLE001 - a panic of the native core is no Exception
            raise copy_error(
                error, failures, hook.without_secrets(f"bulk copy into {table}: {error}")
            ) from None


def _remembering(reader: pa.RecordBatchReader, failures: list[Exception]) -> pa.RecordBatchReader:
    """Return the same batches, keeping the reader's own error: it reaches the driver as text only."""
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except Exception as error:
            failures.append(error)
            raise

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def copy_error(error: BaseException, failures: list[Exception], message: str) -> BaseException:
    """Return the error to raise for a bulk copy that failed.

    :param error: what the driver raised; a panic of its native core is no ``Exception``
    :param failures: what the reader of the batches raised, which the driver passes on as text only
    :param message: the driver's words
    """
    if failures:
        return failures[0]
    if type(error).__name__ == "PanicException":
        return TransientError(message)
    return to_data_sync_error(message) if isinstance(error, Exception) else error
