"""Application locks of SQL Server: one writer per table, one installation at a time.

A lock belongs to its session, so that the server releases it when the process dies, whether a
transaction is open or not.
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql
"""

from __future__ import annotations

from datetime import timedelta

from data_sync.errors import LockTimeout, PermanentError, TransientError
from data_sync.warehouse.interface import Session, TableName
from data_sync.warehouse.mssql.session import milliseconds

INSTALLATION = "data_sync:install"
"""The lock under which schemas and tables are created."""

_TIMED_OUT = -1
_FAILURES = {-2: "the request was cancelled", -3: "the request was the victim of a deadlock"}


def resource(table: TableName) -> str:
    """Return the name under which a table is locked; the case of its name makes no difference."""
    return f"data_sync:{table.schema}.{table.name}".lower()[:255]


def acquire() -> str:
    """Take a lock and select as ``result`` what became of that. Parameters: resource, wait in ms."""
    return (
        "SET NOCOUNT ON;\nDECLARE @result int;\n"
        "EXEC @result = sp_getapplock @Resource = %(resource)s, @LockMode = 'Exclusive', "
        "@LockOwner = 'Session', @LockTimeout = %(wait)s;\n"
        "SET NOCOUNT OFF;\nSELECT @result AS result;"
    )


def release() -> str:
    """Release a session's lock. Parameters: resource."""
    return (
        "SET NOCOUNT ON;\nDECLARE @result int;\n"
        "EXEC @result = sp_releaseapplock @Resource = %(resource)s, @LockOwner = 'Session';\n"
        "SET NOCOUNT OFF;\nSELECT @result AS result;"
    )


def take(session: Session, name: str, wait: timedelta, what: str) -> None:
    """Take a lock for as long as the session's connection lives, unless it is released before.

    :param name: the lock's name
    :param wait: how long to wait for whoever holds it
    :param what: what the holder does, for the message
    :raises LockTimeout: somebody has held it for that long
    """
    asked = {"resource": name, "wait": milliseconds(wait)}
    result = int(session.rows(acquire(), asked)[0]["result"])
    if result == _TIMED_OUT:
        raise LockTimeout(f"{what} has held the lock {name!r} for {wait}")
    if result in _FAILURES:
        raise TransientError(f"the lock {name!r} was not granted: {_FAILURES[result]}")
    if result < 0:
        raise PermanentError(f"the lock {name!r} was not granted: sp_getapplock returned {result}")
