"""The statements of full loads by ``swap`` in PostgreSQL. Pure text: nothing here connects."""

from __future__ import annotations

from collections.abc import Sequence

from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, TableName, Target
from data_sync.warehouse.postgres.staging_sql import names, qualified, same_key


def gather(columns: Sequence[str], tables: Sequence[TableName], into: TableName) -> str:
    """Create ``into`` with the rows of several staging tables; unlogged like these."""
    every = names([*columns, ROW_NUMBER_COLUMN])
    union = "\nUNION ALL ".join(f"SELECT {every} FROM {qualified(table)}" for table in tables)
    return f"CREATE UNLOGGED TABLE {qualified(into)} AS\n{union}"


def delete_missing(target: Target, load: TableName) -> str:
    """Delete the target's rows whose key the load does not hold."""
    return (
        f"DELETE FROM {qualified(target.table)} AS t\n"
        f"WHERE NOT EXISTS (SELECT 1 FROM {qualified(load)} AS s WHERE {same_key(target.keys)})"
    )


def index_keys(target: Target, load: TableName) -> str:
    """Index a load table by the keys, for the joins that follow."""
    return f"CREATE UNIQUE INDEX ON {qualified(load)} ({names(target.keys)})"
