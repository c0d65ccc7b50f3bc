"""Tells what a target is: the very table that was loaded before, another one of its name, or none."""

from __future__ import annotations

from typing import Any

from data_sync.warehouse import messages
from data_sync.warehouse.interface import TableName
from data_sync.warehouse.postgres import catalog
from data_sync.warehouse.postgres import staging_sql as sql
from data_sync.warehouse.postgres.session import PostgresSession

LONGEST_NAME = 63
"""Bytes of an identifier; PostgreSQL cuts longer ones without an error."""

_TABLES = {"r": "a table", "p": "a partitioned table"}
_OTHERS = {"v": "a view", "m": "a materialised view", "f": "a foreign table"}


def identify(session: PostgresSession, table: TableName) -> str | None:
    """Return the name of the physical table; None when there is no such table.

    :raises SchemaMismatch: it is a view or another kind that cannot be loaded, or hides rows from us
    """
    row = _row(session, table)
    if row is None:
        return None
    if row["kind"] not in _TABLES:
        what = _OTHERS.get(row["kind"], f"of the kind {row['kind']!r}")
        raise messages.not_loadable(table, what, "name the table that holds the rows, or drop it")
    if row["is_filtered"]:
        raise messages.not_loadable(
            table,
            "under row-level security that hides rows from this login",
            "give the login BYPASSRLS, or disable row security for the table's owner",
        )
    return str(row["identity"])


def physical_name(session: PostgresSession, table: TableName) -> str | None:
    """Return what :func:`identify` returns, whatever the kind of the relation."""
    row = _row(session, table)
    return str(row["identity"]) if row else None


def _row(session: PostgresSession, table: TableName) -> dict[str, Any] | None:
    for name in (table.schema, table.name):
        if len(name.encode()) > LONGEST_NAME:
            raise messages.not_loadable(
                table,
                f"a name of {len(name.encode())} bytes, of which PostgreSQL keeps {LONGEST_NAME}",
                "write a shorter one, so that no other table is taken for it",
            )
    found = session.rows(catalog.identity(), {"table": sql.qualified(table)})
    return found[0] if found else None
