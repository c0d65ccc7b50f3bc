"""PostgreSQL's errors, sorted by what a retry would do about them."""

from __future__ import annotations

import psycopg
from adbc_driver_manager import AdbcStatusCode
from adbc_driver_manager import Error as AdbcError

from data_sync.errors import (
    DataSyncError,
    LockTimeout,
    PermanentError,
    TransientError,
    ValueRejected,
    WarehouseUnavailable,
)

UNIQUE_VIOLATION = "23505"

# SQLSTATE classes and codes after which a retry may succeed:
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNAVAILABLE = ("08", "57P")
_PASSING = ("40", "53", "55006", "57014", "58", "25P03", "25P04")
_BAD_VALUE = "22"
_LOCK_NOT_AVAILABLE = "55P03"
_REFUSED_LOGIN = "28"

# What libpq says of a login that the server refuses: a failed connection has no SQLSTATE.
# https://github.com/postgres/postgres/blob/REL_16_STABLE/src/backend/libpq/auth.c
_LOGIN_WORDS = (
    "authentication failed", "no pg_hba.conf entry", "no password supplied", "permission denied for database",
    "is not permitted to log in", "does not exist",
)  # fmt: skip

_CONNECTION_LOST = {AdbcStatusCode.IO, AdbcStatusCode.TIMEOUT, AdbcStatusCode.CANCELLED}


def translated_error(error: psycopg.Error | AdbcError) -> DataSyncError:
    """Return the error of ours for a driver's."""
    if isinstance(error, psycopg.Error):
        code = error.sqlstate or error.diag.sqlstate
        lost = isinstance(error, psycopg.OperationalError) and code is None
        return to_data_sync_error(code, psycopg_message(error), connection_lost=lost)
    lost = error.sqlstate is None and error.status_code in _CONNECTION_LOST
    return to_data_sync_error(error.sqlstate, str(error), connection_lost=lost)


def psycopg_message(error: psycopg.Error) -> str:
    """Return the server's message with its detail and context, or the driver's own."""
    diag = error.diag
    parts = [diag.message_primary, diag.message_detail, diag.context, diag.message_hint]
    return "; ".join(part for part in parts if part) or str(error).strip()


def to_data_sync_error(code: str | None, message: str, *, connection_lost: bool = False) -> DataSyncError:
    """Return the error for a SQLSTATE: transient where a retry may succeed.

    A login that the server refuses is permanent: to try again and again would lock the account.
    """
    text = f"PostgreSQL {code}: {message}" if code else message
    error = _error(code, text, connection_lost=connection_lost)
    error.code = code
    return error


def _error(code: str | None, text: str, *, connection_lost: bool) -> DataSyncError:
    if (code or "").startswith(_REFUSED_LOGIN) or (
        connection_lost and any(words in text for words in _LOGIN_WORDS)
    ):
        return PermanentError(f"{text}; check login, password and database of the warehouse's connection")
    if connection_lost or (code or "").startswith(_UNAVAILABLE):
        return WarehouseUnavailable(f"the warehouse could not be reached or closed the connection: {text}")
    if code == _LOCK_NOT_AVAILABLE:
        return LockTimeout(text)
    if code and code.startswith(_PASSING):
        return TransientError(text)
    if code and code.startswith(_BAD_VALUE):
        return ValueRejected(text)
    return PermanentError(text)
