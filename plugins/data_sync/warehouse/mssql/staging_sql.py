"""The statements that stage and merge batches in SQL Server. Pure text: nothing here connects."""

from __future__ import annotations

from collections.abc import Sequence

from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, TableName, Target
from data_sync.warehouse.mssql.types import comparable, copied_type, is_coded, is_text, is_unbounded, survives


def quote(identifier: str) -> str:
    """Return an identifier in brackets."""
    return "[" + identifier.replace("]", "]]") + "]"


def qualified(table: TableName) -> str:
    """Return a table's quoted name with its schema."""
    return f"{quote(table.schema)}.{quote(table.name)}"


def names(identifiers: Sequence[str], prefix: str = "") -> str:
    """Return quoted identifiers, separated by commas, each behind an alias if one is given."""
    return ", ".join(f"{prefix}{quote(name)}" for name in identifiers)


def text(value: str) -> str:
    """Return a Unicode string literal."""
    return "N'" + value.replace("'", "''") + "'"


def counted(statement: str) -> str:
    """Return a batch that runs one statement and selects as ``touched`` how many rows it changed.

    NOCOUNT keeps the counts of triggers apart from it; ROWCOUNT_BIG does not overflow.
    """
    return (
        f"SET NOCOUNT ON;\n{statement};\nDECLARE @touched bigint = ROWCOUNT_BIG();\n"
        "SET NOCOUNT OFF;\nSELECT @touched AS touched;"
    )


def create_copy(table: TableName, columns: Sequence[Column]) -> str:
    """Create the heap that a bulk copy fills: types that take every value as sent, all nullable."""
    return _create(table, [(column, copied_type(column)) for column in columns], numbered=True)


def create_staging(table: TableName, columns: Sequence[Column], *, numbered: bool = True) -> str:
    """Create a staging heap with the target's types and collations, everything nullable.

    :param numbered: whether it holds the row's position in the fetch as well
    """
    return _create(table, [(column, column.sql_type) for column in columns], numbered=numbered)


def _create(table: TableName, columns: Sequence[tuple[Column, str]], *, numbered: bool) -> str:
    # The collation is stated because the database's own may differ from the target column's.
    lines = [
        f"{quote(column.name)} {kind}{f' COLLATE {column.collation}' if column.collation else ''} NULL"
        for column, kind in columns
    ]
    if numbered:
        lines.append(f"{quote(ROW_NUMBER_COLUMN)} bigint NULL")
    return f"CREATE TABLE {qualified(table)} (\n  " + ",\n  ".join(lines) + "\n)"


def drop(table: TableName) -> str:
    """Drop a table where it exists."""
    return f"DROP TABLE IF EXISTS {qualified(table)}"


def count_rows(table: TableName) -> str:
    """Select the number of rows of a table."""
    return f"SELECT COUNT_BIG(*) AS found FROM {qualified(table)}"


def any_row(table: TableName) -> str:
    """Select whether a table holds a row, without waiting for whoever writes it."""
    return (
        f"SELECT COUNT(*) AS found FROM (SELECT TOP (1) 1 AS one FROM {qualified(table)} WITH (NOLOCK)) "
        "AS any_row"
    )


def check_copy(copy: TableName, keys: Sequence[str], columns: Sequence[Column]) -> str:
    """Count the rows of a copy and find, per column, the first row that cannot be loaded.

    ``null0`` … are for keys that are NULL, ``lost0`` … for texts of which the column's code page lacks a
    character; both are numbered by position.
    """
    wrong = [(f"null{number}", f"{quote(key)} IS NULL") for number, key in enumerate(keys)]
    wrong += [
        (f"lost{number}", f"NOT ({survives(column, quote(column.name))})")
        for number, column in enumerate(columns)
        if is_coded(column)
    ]
    found = "".join(
        f",\n  MIN(CASE WHEN {condition} THEN {quote(ROW_NUMBER_COLUMN)} END) AS {name}"
        for name, condition in wrong
    )
    return f"SELECT COUNT_BIG(*) AS found{found}\nFROM {qualified(copy)}"


def dedupe(
    target: Target,
    columns: Sequence[Column],
    copies: Sequence[TableName],
    into: TableName,
    *,
    numbered: bool = True,
) -> str:
    """Fill ``into`` with one row per key: the newest stamp (NULL oldest), then the row read last.

    Keys are compared as the target compares them: after conversion to its types, in its collations.
    """
    listed = names([column.name for column in columns])
    every = f"{listed}, {quote(ROW_NUMBER_COLUMN)}"
    filled = every if numbered else listed
    converted = ", ".join(_converted(column) for column in columns)
    union = "\n    UNION ALL ".join(
        f"SELECT {converted}, {quote(ROW_NUMBER_COLUMN)} FROM {qualified(copy)}" for copy in copies
    )
    stamp = target.last_update_column
    newest = f"{quote(stamp)} DESC, " if stamp else ""
    return (
        f"INSERT INTO {qualified(into)} WITH (TABLOCK) ({filled})\nSELECT {filled}\nFROM (\n"
        f"  SELECT {every},\n    ROW_NUMBER() OVER (PARTITION BY {names(target.keys)} "
        f"ORDER BY {newest}{quote(ROW_NUMBER_COLUMN)} DESC) AS rank_of_row\n"
        f"  FROM (\n    {union}\n  ) AS every_row\n) AS ranked\nWHERE rank_of_row = 1"
    )


def _converted(column: Column) -> str:
    name = quote(column.name)
    same = copied_type(column) == column.sql_type
    return name if same else f"CAST({name} AS {column.sql_type}) AS {name}"


def same_key(keys: Sequence[str]) -> str:
    """Return the condition that ``t`` and ``s`` are one row."""
    return " AND ".join(f"t.{quote(key)} = s.{quote(key)}" for key in keys)


def differs(columns: Sequence[Column]) -> str:
    """Return the condition that ``t`` and ``s`` differ in any column, NULL being equal to NULL."""
    mine = ", ".join(part for column in columns for part in comparable("s", column, quote(column.name)))
    theirs = ", ".join(part for column in columns for part in comparable("t", column, quote(column.name)))
    return f"EXISTS (SELECT {mine} EXCEPT SELECT {theirs})"


def changing(target: Target, columns: Sequence[Column]) -> list[Column]:
    """Return the columns that a row may change: text keys among them, in another spelling.

    Under its collation ``abc`` and ``ABC`` may be one key, and the source's new spelling has to arrive.
    """
    return [column for column in columns if column.name not in target.keys or is_text(column)]


def index_keys(target: Target, staging: TableName, columns: Sequence[Column]) -> str | None:
    """Sort a deduped staging table by its keys, which the merge joins by; None when a key is too long.

    To be created before the table is filled. The sort serves the join twice, and lets SQL Server know that
    no key is there twice.
    """
    if any(is_unbounded(column) for column in columns if column.name in target.keys):
        return None
    return f"CREATE UNIQUE CLUSTERED INDEX [UX_Keys] ON {qualified(staging)} ({names(target.keys)})"


def holds_rows(table: TableName) -> str:
    """Select whether a table holds a row, and keep writers out until the transaction ends.

    The shared table lock lets readers go on.
    """
    return (
        f"SELECT COUNT(*) AS found FROM (SELECT TOP (1) 1 AS one FROM {qualified(table)} "
        "WITH (TABLOCK, HOLDLOCK)) AS any_row"
    )


def count_new(target: Target, staging: TableName) -> str:
    """Count the staged rows, those whose key the target does not hold, and the pairs with the target.

    More pairs and new rows than staged rows mean that the target holds a key more than once.
    """
    return (
        "SELECT COUNT_BIG(*) AS joined_rows,\n"
        f"  COUNT_BIG(CASE WHEN t.{quote(target.keys[0])} IS NULL THEN 1 END) AS new_rows,\n"
        f"  (SELECT COUNT_BIG(*) FROM {qualified(staging)}) AS staged_rows\n"
        f"FROM {qualified(staging)} AS s\n"
        f"LEFT JOIN {qualified(target.table)} AS t WITH (TABLOCK, HOLDLOCK) ON {same_key(target.keys)}"
    )


def insert_all(target: Target, source: TableName, columns: Sequence[Column]) -> str:
    """Insert every row of a table, under the table lock that lets SQL Server log less."""
    every = names([column.name for column in columns])
    return (
        f"INSERT INTO {qualified(target.table)} WITH (TABLOCK) ({every})\n"
        f"SELECT {every} FROM {qualified(source)}"
    )


def merge(
    target: Target,
    staging: TableName,
    columns: Sequence[Column],
    *,
    newer_only: bool,
    hints: str = "",
) -> str:
    """Update differing rows and insert new ones.

    Only the keys stand in ON: other conditions there give wrong results. It needs no hint of its own: the
    transaction holds the shared table lock of :func:`holds_rows` until it ends, which keeps other writers
    out; HOLDLOCK would only add a lock for each key, until they escalate and shut readers out.
    https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql#remarks

    :param columns: the staging table's columns
    :param newer_only: leave out rows whose stamp is older than the target's, NULL being the oldest; a
        target's stamp that lies in the future is a slip of the source, and no reason to leave a row out
    :param hints: table hints on the target
    """
    data = changing(target, columns)
    with_hints = f" WITH ({hints})" if hints else ""
    statement = (
        f"MERGE INTO {qualified(target.table)}{with_hints} AS t\n"
        f"USING {qualified(staging)} AS s\nON {same_key(target.keys)}\n"
    )
    if data:
        newer = _newer(target.last_update_column, data) if newer_only else ""
        settings = ", ".join(f"{quote(column.name)} = s.{quote(column.name)}" for column in data)
        statement += f"WHEN MATCHED AND {newer}{differs(data)}\n  THEN UPDATE SET {settings}\n"
    every = [column.name for column in columns]
    return statement + (f"WHEN NOT MATCHED\n  THEN INSERT ({names(every)})\n  VALUES ({names(every, 's.')})")


def _newer(stamp: str | None, data: Sequence[Column]) -> str:
    """Return the condition that the target's row is no newer, with AND; empty where rows have no stamp."""
    if stamp is None:
        return ""
    instants = [column.name for column in data if str(column.arrow_type).startswith("timestamp")]
    mine, its = f"t.{quote(stamp)}", f"s.{quote(stamp)}"
    slip = f" OR {mine} > SYSUTCDATETIME()" if stamp in instants else ""
    return f"({mine} IS NULL OR {its} >= {mine}{slip}) AND "
