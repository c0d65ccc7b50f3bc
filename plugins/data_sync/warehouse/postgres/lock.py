"""Advisory locks of PostgreSQL: one writer per table, one installation at a time.

A writer's lock belongs to the transaction that writes: the server holds it until the commit and releases it
when the process dies, and it cannot be lost in between.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import psycopg

from data_sync.errors import LockTimeout
from data_sync.warehouse.interface import TableName
from data_sync.warehouse.patience import SHORT_WAIT, until_granted
from data_sync.warehouse.postgres.session import PostgresSession, milliseconds


def key_of(name: TableName) -> int:
    """Return the number under which a name is locked."""
    digest = hashlib.sha256(f"data_sync:{name.schema}.{name.name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def holders() -> str:
    """Select who holds an advisory lock. Parameters: key."""
    return (
        "SELECT a.pid, a.application_name AS application, a.backend_start AS since\n"
        "FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid\n"
        "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1\n"
        "  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())\n"
        "  AND (l.classid::bigint << 32) | l.objid::bigint = %(key)s"
    )


def held_too_long(session: PostgresSession, name: TableName, wait: timedelta) -> LockTimeout:
    """Return the error for a lock that somebody has held for too long, and who that is."""
    found = session.rows(holders(), {"key": key_of(name)})
    who = ", ".join(f"process {h['pid']} ({h['application']}) since {h['since']}" for h in found)
    return LockTimeout(f"another update of {name} has held its lock for {wait}: {who or 'gone by now'}")


def take(session: PostgresSession, table: TableName, wait: timedelta) -> None:
    """Take a table's writer lock until the transaction ends.

    :param wait: how long to wait for whoever holds it
    :raises LockTimeout: somebody has held it for that long
    """
    key = key_of(table)
    session.execute("SAVEPOINT writer_lock")
    try:
        # The wait is limited by lock_timeout alone, however long a statement may take.
        session.execute("SET LOCAL statement_timeout = 0")
        session.execute("SELECT pg_advisory_xact_lock(%(key)s)", {"key": key})
    except psycopg.errors.LockNotAvailable:
        session.execute("ROLLBACK TO SAVEPOINT writer_lock")
        raise held_too_long(session, table, wait) from None
    session.execute("SET LOCAL statement_timeout TO DEFAULT")


def patiently(session: PostgresSession, action: Callable[[], object], wait: timedelta) -> None:
    """Run what needs a lock that shuts readers out; see :mod:`data_sync.warehouse.patience`.

    :param wait: how long to go on trying
    :raises LockTimeout: readers have been at work for all that time
    """

    def attempt() -> None:
        session.execute("SAVEPOINT patiently")
        try:
            action()
        except psycopg.errors.LockNotAvailable as error:
            session.execute("ROLLBACK TO SAVEPOINT patiently")
            raise LockTimeout(
                f"readers have held the table for {wait}: {error.diag.message_primary}"
            ) from error

    session.execute(f"SET LOCAL lock_timeout = {milliseconds(min(SHORT_WAIT, wait))}")
    until_granted(attempt, wait)
    session.execute(f"SET LOCAL lock_timeout = {milliseconds(wait)}")
