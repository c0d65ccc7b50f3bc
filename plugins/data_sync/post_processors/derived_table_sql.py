"""The statements of a derived table, in words that PostgreSQL and SQL Server share."""

from __future__ import annotations

from collections.abc import Sequence

from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, TableName


def quote(identifier: str) -> str:
    """Return an identifier in double quotes, which both databases accept."""
    return '"' + identifier.replace('"', '""') + '"'


def qualified(table: TableName) -> str:
    """Return a table's quoted name with its schema."""
    return f"{quote(table.schema)}.{quote(table.name)}"


def create_staging(query: str, staging: TableName) -> str:
    """Return the statement that creates an empty table with the columns of a query's result."""
    return f"SELECT {_numbered()}\nINTO {qualified(staging)}\nFROM (\n{query}\n) AS q\nWHERE 1 = 0"


def fill_staging(query: str, staging: TableName) -> str:
    """Return the statement that runs a query into the table made for it, with its rows numbered."""
    return f"INSERT INTO {qualified(staging)}\nSELECT {_numbered()}\nFROM (\n{query}\n) AS q"


def _numbered() -> str:
    return f"q.*, ROW_NUMBER() OVER (ORDER BY (SELECT NULL)) AS {quote(ROW_NUMBER_COLUMN)}"


def count_wrong_keys(staging: TableName, keys: Sequence[str]) -> str:
    """Return the query that counts the keys that occur more than once or lack a value."""
    listed = ", ".join(quote(key) for key in keys)
    missing = " OR ".join(f"{quote(key)} IS NULL" for key in keys)
    return (
        f"SELECT COUNT(*) AS wrong FROM (\n"  # noqa: S608 - quoted names
        f"  SELECT {listed} FROM {qualified(staging)}\n"
        f"  GROUP BY {listed} HAVING COUNT(*) > 1 OR {missing}\n) AS w"
    )
