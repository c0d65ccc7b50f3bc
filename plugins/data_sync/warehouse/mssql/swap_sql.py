"""The statements of full loads in SQL Server. Pure text: nothing here connects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data_sync.warehouse.interface import Column, TableName, Target
from data_sync.warehouse.mssql.staging_sql import changing, differs, names, qualified, quote, same_key


def collect_missing(target: Target, load: TableName, into: TableName) -> str:
    """Collect the keys that the target holds and the load does not.

    Writers are kept out until the transaction ends; readers go on.
    """
    return (
        f"INSERT INTO {qualified(into)} WITH (TABLOCK) ({names(target.keys)})\n"
        f"SELECT {names(target.keys, 't.')} FROM {qualified(target.table)} AS t WITH (TABLOCK, HOLDLOCK)\n"
        f"WHERE NOT EXISTS (SELECT 1 FROM {qualified(load)} AS s WHERE {same_key(target.keys)})"
    )


def collect_changed(target: Target, load: TableName, into: TableName, columns: Sequence[Column]) -> str:
    """Collect the load's rows that are new or differ from the target's."""
    every = [column.name for column in columns]
    data = changing(target, columns)
    changed = f"\n  OR {differs(data)}" if data else ""
    return (
        f"INSERT INTO {qualified(into)} WITH (TABLOCK) ({names(every)})\n"
        f"SELECT {names(every, 's.')} FROM {qualified(load)} AS s\n"
        f"LEFT JOIN {qualified(target.table)} AS t WITH (TABLOCK, HOLDLOCK) ON {same_key(target.keys)}\n"
        f"WHERE t.{quote(target.keys[0])} IS NULL{changed}"
    )


def delete_collected(target: Target, collected: TableName, nullable: Sequence[str] = ()) -> str:
    """Delete the rows with the collected keys, and those without a key, which no source row has.

    The exclusive table lock makes a reader without row versions see the old contents or the new.

    :param nullable: the key columns that may be NULL in the target
    """
    nulls = "".join(f" OR t.{quote(key)} IS NULL" for key in nullable)
    return (
        f"DELETE t FROM {qualified(target.table)} AS t WITH (TABLOCKX)\n"
        f"WHERE EXISTS (SELECT 1 FROM {qualified(collected)} AS s WHERE {same_key(target.keys)}){nulls}"
    )


def switch(source: TableName, into: TableName, minutes: int) -> str:
    """Move all rows of a table to an empty one of the same structure, by changing metadata alone.

    While it waits for readers it holds up nobody else; it gives up after so many minutes.
    """
    return (
        f"ALTER TABLE {qualified(source)} SWITCH TO {qualified(into)}\n"
        f"WITH (WAIT_AT_LOW_PRIORITY (MAX_DURATION = {minutes} MINUTES, ABORT_AFTER_WAIT = SELF))"
    )


def update_statistics(table: TableName) -> str:
    """Bring a table's statistics up to date: a switch does not count as changes to its rows."""
    return f"UPDATE STATISTICS {qualified(table)}"


def truncate(table: TableName) -> str:
    """Empty a table by freeing its pages."""
    return f"TRUNCATE TABLE {qualified(table)}"


def delete_some(table: TableName, rows: int) -> str:
    """Delete some rows of a table; to be repeated until none is left, each time in a transaction of its own.

    In one transaction the log would have to hold the whole table.
    """
    return f"DELETE TOP ({rows:d}) FROM {qualified(table)} WITH (TABLOCK)"


def lock_readers_out(table: TableName) -> str:
    """Take the exclusive table lock until the transaction ends."""
    return (
        f"SELECT COUNT(*) AS found FROM (SELECT TOP (1) 1 AS one FROM {qualified(table)} "
        "WITH (TABLOCKX, HOLDLOCK)) AS any_row"
    )


def disable_index(table: TableName, index: str) -> str:
    """Drop an index's contents and keep its definition."""
    return f"ALTER INDEX {quote(index)} ON {qualified(table)} DISABLE"


def rebuild_index(table: TableName, index: str) -> str:
    """Build an index anew, disabled or not."""
    return f"ALTER INDEX {quote(index)} ON {qualified(table)} REBUILD"


@dataclass(frozen=True)
class Twin:
    """The statements that create a table of another's structure.

    :param empty: to be run before the table holds rows: the table, its constraints, its clustered index
    :param filled: to be run when it holds them: the other indexes
    """

    empty: tuple[str, ...]
    filled: tuple[str, ...]


def create_twin(
    twin: TableName,
    columns: Sequence[Column],
    indexes: Sequence[Mapping[str, Any]],
    checks: Sequence[Mapping[str, Any]],
) -> Twin:
    """Create a table that rows can be switched to and from.

    Names of indexes and constraints are the twin's own; SWITCH compares structure alone.

    :param columns: all of the target's columns, none computed or identity
    :param indexes: the rows of :func:`~data_sync.warehouse.mssql.catalog.indexes`
    :param checks: the rows of :func:`~data_sync.warehouse.mssql.catalog.check_constraints`
    """
    grouped: dict[int, list[Mapping[str, Any]]] = {}
    for row in indexes:
        grouped.setdefault(row["index_id"], []).append(row)
    base = grouped[min(grouped)][0]
    lines = ",\n  ".join(
        f"{quote(column.name)} {column.sql_type}"
        f"{f' COLLATE {column.collation}' if column.collation else ''}"
        f" {'NULL' if column.nullable else 'NOT NULL'}"
        for column in columns
    )
    lob = f" TEXTIMAGE_ON {quote(base['lob_filegroup'])}" if base["lob_filegroup"] else ""
    table = (
        f"CREATE TABLE {qualified(twin)} (\n  {lines}\n) ON {quote(base['filegroup'])}{lob}"
        f"\nWITH (DATA_COMPRESSION = {base['compression']})"
    )
    found = [rows for index_id, rows in sorted(grouped.items()) if index_id > 0]
    early = [_index(twin, rows) for rows in found if _belongs_to_table(rows[0])]
    constraints = [
        f"ALTER TABLE {qualified(twin)} WITH CHECK ADD CONSTRAINT "
        f"{quote(f'CK_{twin.name}_{number}')} CHECK {check['definition']}"
        for number, check in enumerate(checks)
    ]
    late = [_index(twin, rows) for rows in found if not _belongs_to_table(rows[0])]
    return Twin((table, *early, *constraints), tuple(late))


def _belongs_to_table(index: Mapping[str, Any]) -> bool:
    clustered: bool = index["type"] == 1
    return clustered or bool(index["is_primary_key"] or index["is_unique_constraint"])


def _index(twin: TableName, rows: Sequence[Mapping[str, Any]]) -> str:
    first = rows[0]
    name = quote(f"IX_{twin.name}_{first['index_id']}")
    kind = "CLUSTERED" if first["type"] == 1 else "NONCLUSTERED"
    keys = ", ".join(
        f"{quote(row['column_name'])}{' DESC' if row['is_descending_key'] else ''}"
        for row in rows
        if not row["is_included_column"]
    )
    storage = f"WITH (DATA_COMPRESSION = {first['compression']}) ON {quote(first['filegroup'])}"
    if first["is_primary_key"] or first["is_unique_constraint"]:
        constraint = "PRIMARY KEY" if first["is_primary_key"] else "UNIQUE"
        return f"ALTER TABLE {qualified(twin)} ADD CONSTRAINT {name} {constraint} {kind} ({keys})\n{storage}"
    included = names([row["column_name"] for row in rows if row["is_included_column"]])
    unique = "UNIQUE " if first["is_unique"] else ""
    return (
        f"CREATE {unique}{kind} INDEX {name} ON {qualified(twin)} ({keys})"
        + (f"\nINCLUDE ({included})" if included else "")
        + (f"\nWHERE {first['filter_definition']}" if first["filter_definition"] else "")
        + f"\n{storage}"
    )
