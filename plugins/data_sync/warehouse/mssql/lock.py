"""Application locks of SQL Server: one writer per table, one installation at a time.

A writer's lock belongs to the transaction that writes: the server holds it until the commit and releases it
when the process dies, and it cannot be lost in between. Other locks belong to their session.
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from data_sync.errors import LockTimeout, PermanentError, TransientError
from data_sync.warehouse import bookkeeping_sql
from data_sync.warehouse.interface import Session, TableName
from data_sync.warehouse.mssql.session import MssqlSession, milliseconds
from data_sync.warehouse.patience import SHORT_WAIT, until_granted

INSTALLATION = "data_sync:install"
"""The lock under which schemas and tables are created."""

_TIMED_OUT = -1
_FAILURES = {-2: "the request was cancelled", -3: "the request was the victim of a deadlock"}


def resource(table: TableName) -> str:
    """Return the name under which a table is locked; the case of its name makes no difference."""
    return f"data_sync:{table.schema}.{table.name}".lower()[:255]


def acquire(owner: str = "Session") -> str:
    """Take a lock and select as ``result`` what became of that. Parameters: resource, wait in ms.

    :param owner: ``Session`` or ``Transaction``: what holds the lock, and ends it by ending
    """
    return (
        "SET NOCOUNT ON;\nDECLARE @result int;\n"
        "EXEC @result = sp_getapplock @Resource = %(resource)s, @LockMode = 'Exclusive', "
        f"@LockOwner = '{owner}', @LockTimeout = %(wait)s;\n"
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
    _take(session, acquire(), name, wait, what)


def take_for_writing(session: MssqlSession, log_schema: str, table: TableName, wait: timedelta) -> None:
    """Take a table's writer lock until the transaction ends.

    :param log_schema: where the package's own tables are
    :param wait: how long to wait for whoever holds it
    :raises LockTimeout: somebody has held it for that long
    """
    # A procedure does not begin a transaction where the connection does so by itself; a query does.
    # https://learn.microsoft.com/sql/t-sql/statements/set-implicit-transactions-transact-sql
    named = {"schema": table.schema, "name": table.name}
    session.rows(bookkeeping_sql.last_reading(log_schema), named)
    # The wait is limited by the lock's own timeout, however short a statement's may be.
    with session.allowing(wait + timedelta(minutes=1)):
        _take(session, acquire("Transaction"), resource(table), wait, f"another update of {table}")


def _take(session: Session, statement: str, name: str, wait: timedelta, what: str) -> None:
    asked = {"resource": name, "wait": milliseconds(wait)}
    result = int(session.rows(statement, asked)[0]["result"])
    if result == _TIMED_OUT:
        raise LockTimeout(f"{what} has held the lock {name!r} for {wait}")
    if result in _FAILURES:
        raise TransientError(f"the lock {name!r} was not granted: {_FAILURES[result]}")
    if result < 0:
        raise PermanentError(f"the lock {name!r} was not granted: sp_getapplock returned {result}")


def hasten(wait: timedelta) -> str:
    """Limit the wait for locks, after which the transaction goes on."""
    return f"SET XACT_ABORT OFF;\nSET LOCK_TIMEOUT {milliseconds(wait)};"


def relax(wait: timedelta) -> str:
    """Undo :func:`hasten`."""
    return f"SET XACT_ABORT ON;\nSET LOCK_TIMEOUT {milliseconds(wait)};"


def patiently(session: MssqlSession, action: Callable[[], object], wait: timedelta) -> None:
    """Run what needs a lock that shuts readers out; see :mod:`data_sync.warehouse.patience`.

    :param action: one statement; tried again in the same transaction
    :param wait: how long to go on trying
    :raises LockTimeout: readers have been at work for all that time
    """

    def attempt() -> None:
        with session.translated():
            action()

    session.execute(hasten(min(SHORT_WAIT, wait)))
    until_granted(attempt, wait)
    session.execute(relax(wait))
