"""Tells what a target is: the very table that was loaded before, another one of its name, or none."""

from __future__ import annotations

from typing import Any

from data_sync.warehouse import messages
from data_sync.warehouse.interface import Session, TableName
from data_sync.warehouse.mssql import catalog
from data_sync.warehouse.mssql import staging_sql as sql

_TABLE = "U"
_OTHERS = {"V": "a view", "SN": "a synonym"}


def identify(session: Session, table: TableName) -> str | None:
    """Return the name of the physical table; None when there is no such table.

    A table's object_id may be given to another one after it is dropped, so the time of its creation is
    part of the name. SWITCH and TRUNCATE keep both.

    :raises SchemaMismatch: it is a view, a synonym or a memory-optimised table
    """
    row = _row(session, table)
    if row is None:
        return None
    kind = row["kind"].strip()
    if kind != _TABLE:
        what = _OTHERS.get(kind, f"of the kind {kind!r}")
        raise messages.not_loadable(table, what, "name the table that holds the rows, or drop it")
    if row["is_memory_optimized"]:
        raise messages.not_loadable(
            table, "memory-optimised", "bulk loads and MERGE need a table on disk; create it as one"
        )
    return _name(row)


def physical_name(session: Session, table: TableName) -> str | None:
    """Return what :func:`identify` returns, whatever the kind of the object."""
    row = _row(session, table)
    return _name(row) if row else None


def _row(session: Session, table: TableName) -> dict[str, Any] | None:
    found = session.rows(catalog.identity(), {"table": sql.qualified(table)})
    return found[0] if found else None


def _name(row: dict[str, Any]) -> str:
    return f"{row['object_id']}/{row['create_date']:%Y-%m-%dT%H:%M:%S.%f}"
