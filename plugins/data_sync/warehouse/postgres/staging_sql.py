"""The statements that load a PostgreSQL table. Pure text: nothing here connects."""

from __future__ import annotations

from collections.abc import Sequence

from data_sync.warehouse.bookkeeping_sql import quote
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, TableName, Target


def qualified(table: TableName) -> str:
    """Return a table's quoted name with its schema."""
    return f"{quote(table.schema)}.{quote(table.name)}"


def names(identifiers: Sequence[str], prefix: str = "") -> str:
    """Return quoted identifiers, separated by commas, each behind an alias if one is given."""
    return ", ".join(f"{prefix}{quote(name)}" for name in identifiers)


def create_staging(table: TableName, columns: Sequence[Column]) -> str:
    """Create a staging table: the target's types and collations, everything nullable.

    Unlogged: nothing is written to the log ahead, to its archive or to replicas. After a crash of the
    server such a table is there, and empty; see :func:`remember_rows`.
    """
    lines = [
        f"{quote(column.name)} {column.sql_type}"
        + (f" COLLATE {column.collation}" if column.collation else "")
        for column in columns
    ]
    lines.append(f"{quote(ROW_NUMBER_COLUMN)} bigint")
    return f"CREATE UNLOGGED TABLE {qualified(table)} (\n  " + ",\n  ".join(lines) + "\n)"


def remember_rows(table: TableName, rows: int) -> str:
    """Note in the catalog, which outlives a crash, how many rows an unlogged table holds."""
    return f"COMMENT ON TABLE {qualified(table)} IS '{rows:d} rows'"


def remembered_rows() -> str:
    """Select how many rows an unlogged table should hold. Parameters: table, as quoted text."""
    return (
        "SELECT split_part(obj_description(to_regclass(%(table)s), 'pg_class'), ' ', 1)::bigint AS remembered"
    )


def drop(table: TableName) -> str:
    """Drop a table where it exists."""
    return f"DROP TABLE IF EXISTS {qualified(table)}"


def count_with_null_keys(table: TableName, keys: Sequence[str]) -> str:
    """Count the rows of a staging table and, per key column, find the first row where it is NULL."""
    nulls = ", ".join(f"MIN({quote(ROW_NUMBER_COLUMN)}) FILTER (WHERE {quote(key)} IS NULL)" for key in keys)
    return f"SELECT COUNT(*), {nulls} FROM {qualified(table)}"


def dedupe(target: Target, table: TableName) -> str:
    """Leave one row per key: the newest stamp (NULL oldest), then the row read last; count the others.

    Only keys, stamps and places are sorted, and only surplus rows are touched.
    """
    stamp = target.last_update_column
    newest = f"{quote(stamp)} DESC NULLS LAST, " if stamp else ""
    return (
        f"WITH surplus AS (\n  DELETE FROM {qualified(table)} WHERE ctid = ANY (ARRAY(\n"
        "    SELECT place FROM (\n"
        f"      SELECT ctid AS place, ROW_NUMBER() OVER (PARTITION BY {names(target.keys)} "
        f"ORDER BY {newest}{quote(ROW_NUMBER_COLUMN)} DESC) AS rank_of_row\n"
        f"      FROM {qualified(table)}\n"
        "    ) AS ranked WHERE rank_of_row > 1\n  )) RETURNING 1\n)\n"
        "SELECT COUNT(*) AS surplus_rows FROM surplus"
    )


def same_key(keys: Sequence[str]) -> str:
    """Return the condition that ``t`` and ``s`` are one row."""
    return " AND ".join(f"t.{quote(key)} = s.{quote(key)}" for key in keys)


def _comparable(alias: str, column: Column) -> str:
    """Return an expression that tells any two different values apart.

    A column's own collation may take 'bolt' for 'Bolt', and the change would never arrive.
    """
    text = f"{alias}.{quote(column.name)}"
    if not column.has_equality:
        return f"{text}::text"
    return f'{text} COLLATE "C"' if column.collation else text


def _differs(columns: Sequence[Column]) -> str:
    mine = ", ".join(_comparable("t", column) for column in columns)
    theirs = ", ".join(_comparable("s", column) for column in columns)
    return f"ROW({mine}) IS DISTINCT FROM ROW({theirs})"


def count_rows(table: TableName) -> str:
    """Select the exact number of rows of a table."""
    return f"SELECT COUNT(*) AS found FROM {qualified(table)}"


def count_pairs(target: Target, staging: TableName) -> str:
    """Count the pairs of staged rows and rows of the target, and the staged rows that have one.

    More pairs than rows mean that the target holds a key more than once.
    """
    return (
        "SELECT COUNT(*) AS pairs, COUNT(DISTINCT s.ctid) AS found\n"
        f"FROM {qualified(staging)} AS s\n"
        f"JOIN {qualified(target.table)} AS t ON {same_key(target.keys)}"
    )


def insert_all(target: Target, load: TableName, columns: Sequence[Column]) -> str:
    """Insert every row of a load into a target that holds none."""
    every = names([column.name for column in columns])
    return f"INSERT INTO {qualified(target.table)} ({every})\nSELECT {every} FROM {qualified(load)}"


def is_empty(table: TableName) -> str:
    """Select whether a table holds no row."""
    return f"SELECT NOT EXISTS (SELECT 1 FROM {qualified(table)}) AS is_empty"


def update_changed(target: Target, staging: TableName, columns: Sequence[Column], *, newer_only: bool) -> str:
    """Update the rows that differ.

    :param columns: the staging table's columns, with others than the keys among them
    :param newer_only: leave out rows whose stamp is older than the target's, NULL being the oldest; a
        target's stamp that lies in the future is a slip of the source, and no reason to leave a row out
    """
    data = _data(target, columns)
    settings = ", ".join(f"{quote(column.name)} = s.{quote(column.name)}" for column in data)
    return (
        f"UPDATE {qualified(target.table)} AS t SET {settings}\nFROM {qualified(staging)} AS s\n"
        f"WHERE {same_key(target.keys)} AND {_changed(target, data, newer_only=newer_only)}"
    )


def delete_changed(target: Target, staging: TableName, columns: Sequence[Column], *, newer_only: bool) -> str:
    """Delete the rows that :func:`update_changed` would update, so that they can be inserted anew."""
    data = _data(target, columns)
    return (
        f"DELETE FROM {qualified(target.table)} AS t USING {qualified(staging)} AS s\n"
        f"WHERE {same_key(target.keys)} AND {_changed(target, data, newer_only=newer_only)}"
    )


def insert_new(target: Target, staging: TableName, columns: Sequence[Column]) -> str:
    """Insert the rows whose key the target does not hold."""
    every = [column.name for column in columns]
    return (
        f"INSERT INTO {qualified(target.table)} ({names(every)})\nSELECT {names(every, 's.')}\n"
        f"FROM {qualified(staging)} AS s\n"
        f"WHERE NOT EXISTS (SELECT 1 FROM {qualified(target.table)} AS t WHERE {same_key(target.keys)})"
    )


def _data(target: Target, columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.name not in target.keys]


def _changed(target: Target, data: Sequence[Column], *, newer_only: bool) -> str:
    newer = _newer(target.last_update_column, data) if newer_only else ""
    return f"{newer}{_differs(data)}"


def _newer(stamp: str | None, data: Sequence[Column]) -> str:
    """Return the condition that the target's row is no newer, with AND; empty where rows have no stamp."""
    if stamp is None:
        return ""
    instants = [column.name for column in data if str(column.arrow_type).startswith("timestamp")]
    mine, its = f"t.{quote(stamp)}", f"s.{quote(stamp)}"
    slip = f" OR {mine} > CURRENT_TIMESTAMP" if stamp in instants else ""
    return f"({mine} IS NULL OR {its} >= {mine}{slip}) AND "


def lock_for_writing(table: TableName) -> str:
    """Keep other writers out until the transaction ends; readers go on."""
    return f"LOCK TABLE {qualified(table)} IN SHARE ROW EXCLUSIVE MODE"
