"""Connections to a PostgreSQL warehouse: settings, transactions, translated errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from typing_extensions import override

from data_sync.errors import (
    DataSyncError,
    LockTimeout,
    PermanentError,
    TransientError,
    ValueRejected,
    WarehouseUnavailable,
)
from data_sync.warehouse.interface import Session, TableName

if TYPE_CHECKING:
    import pyarrow as pa
    from airflow.sdk import Connection

    from data_sync.settings.models import WarehouseOptions

_LIBPQ_EXTRAS = {
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslpassword", "channel_binding",
    "target_session_attrs", "gssencmode", "passfile", "service", "connect_timeout",
}  # fmt: skip

_LOCAL = {"", "localhost", "127.0.0.1", "::1"}

# SQLSTATE classes and codes after which a retry may succeed:
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNAVAILABLE = ("08", "57P")
_PASSING = ("40", "53", "55006", "57014", "58", "25P03", "25P04")
_BAD_VALUE = "22"
_LOCK_NOT_AVAILABLE = "55P03"


def milliseconds(duration: timedelta) -> int:
    """Return a duration as PostgreSQL's settings count it; at least 1, since 0 means no limit."""
    return max(1, int(duration.total_seconds() * 1000))


def conninfo(connection: Connection, options: WarehouseOptions) -> str:
    """Return libpq's connection string for an Airflow connection.

    Remote servers are asked for TLS unless the connection's extra says otherwise (``sslmode``).
    ``client_connection_check_interval`` makes the server stop working for a task that was killed, the
    keepalives for one whose machine is gone: with it go its locks.
    """
    host = connection.host or ""
    extras = {key: value for key, value in connection.extra_dejson.items() if key in _LIBPQ_EXTRAS}
    limit = milliseconds(options.statement_timeout)
    settings = {
        "statement_timeout": limit,
        "lock_timeout": milliseconds(options.lock_timeout),
        "client_connection_check_interval": 5000,
        "idle_in_transaction_session_timeout": limit,
        "tcp_keepalives_idle": 60,
        "tcp_keepalives_interval": 10,
        "tcp_keepalives_count": 6,
        "timezone": "UTC",
    }
    values: dict[str, Any] = {
        "host": host or None,
        "port": connection.port,
        "dbname": connection.schema,
        "user": connection.login,
        "password": connection.password,
        "application_name": "data_sync",
        "connect_timeout": 30,
        "keepalives_idle": 30,
        "sslmode": "prefer" if host in _LOCAL or host.startswith("/") else "require",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    } | extras
    return make_conninfo(**{name: value for name, value in values.items() if value is not None})


class PostgresSession(Session):
    """A psycopg connection inside a transaction."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self._connection = connection

    @override
    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        return max(0, self._connection.execute(sql.encode(), params).rowcount)

    @override
    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        return self._connection.execute(sql.encode(), params).fetchall()

    @override
    def stamp(self, instant: datetime) -> datetime:
        return instant.astimezone(timezone.utc)


@contextmanager
def transaction(dsn: str) -> Iterator[PostgresSession]:
    """Open a connection and a transaction; commit on success, roll back on any error."""
    with translated(), psycopg.connect(dsn, row_factory=dict_row) as connection:
        yield PostgresSession(connection)


@contextmanager
def copying(dsn: str) -> Iterator[Any]:
    """Open an ADBC cursor inside a transaction, for binary copies straight from Arrow."""
    import adbc_driver_postgresql.dbapi as adbc

    with translated(), closing(adbc.connect(dsn)) as connection:
        with closing(connection.cursor()) as cursor:
            try:
                yield cursor
            except BaseException:
                connection.rollback()
                raise
        connection.commit()


def ingest(cursor: Any, table: TableName, reader: pa.RecordBatchReader) -> int:
    """Copy batches into a table and return the rows sent.

    An error of the reader's own arrives as it was raised.
    """
    import pyarrow as pa

    failures: list[Exception] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except Exception as error:
            failures.append(error)
            raise

    stream = pa.RecordBatchReader.from_batches(reader.schema, batches())
    try:
        return int(cursor.adbc_ingest(table.name, stream, mode="append", db_schema_name=table.schema))
    except Exception:
        # Through the C stream interface an error arrives as text inside the driver's own.
        if failures:
            raise failures[0] from None
        raise


@contextmanager
def translated() -> Iterator[None]:
    """Turn the drivers' errors into those of :mod:`data_sync.errors`."""
    from adbc_driver_manager import Error as AdbcError

    try:
        yield
    except DataSyncError:
        raise
    except psycopg.Error as error:
        code = error.sqlstate or error.diag.sqlstate
        lost = isinstance(error, psycopg.OperationalError) and code is None
        raise to_data_sync_error(code, psycopg_message(error), connection_lost=lost) from error
    except AdbcError as error:
        lost = error.sqlstate is None and "IO" in str(error.status_code)
        raise to_data_sync_error(error.sqlstate, str(error), connection_lost=lost) from error


def psycopg_message(error: psycopg.Error) -> str:
    """Return the server's message with its detail and context, or the driver's own."""
    diag = error.diag
    parts = [diag.message_primary, diag.message_detail, diag.context, diag.message_hint]
    return "; ".join(part for part in parts if part) or str(error).strip()


def to_data_sync_error(code: str | None, message: str, *, connection_lost: bool = False) -> DataSyncError:
    """Return the error for a SQLSTATE: transient where a retry may succeed."""
    text = f"PostgreSQL {code}: {message}" if code else message
    if connection_lost or (code or "").startswith(_UNAVAILABLE):
        return WarehouseUnavailable(f"the warehouse could not be reached or closed the connection: {text}")
    if code == _LOCK_NOT_AVAILABLE:
        return LockTimeout(text)
    if code and code.startswith(_PASSING):
        return TransientError(text)
    if code and code.startswith(_BAD_VALUE):
        return ValueRejected(text)
    return PermanentError(text)
