"""The statements that ask for and record the log's version, the same text for both databases."""

from __future__ import annotations

from data_sync.updates.log_sql import table
from data_sync.updates.migrations.layout import Layout
from data_sync.warehouse.bookkeeping_sql import quote


def current(log_schema: str, layout: Layout, schema_exists: str) -> str:
    """Select the log's version, and how many schemas there are of a name.

    The statement names every table, column and view that the log should have, and so fails where one is
    missing. It reads none of their rows.

    :param layout: what the log should have
    :param schema_exists: the database's query that counts the schemas of a name
    Parameters: name.
    """
    wanted = [
        f"SELECT {', '.join(f't.{quote(column.name)}' for column in one.columns)} "
        f"FROM {table(log_schema, one.name)} AS t WHERE 1 = 0"
        for one in layout.tables.values()
    ]
    wanted += [f"SELECT 1 AS one FROM {table(log_schema, name)} AS t WHERE 1 = 0" for name in layout.views]
    empty = "\n".join(f"  AND NOT EXISTS ({query})" for query in wanted)
    return (
        f'SELECT MAX(v."Version") AS "Version", ({schema_exists}) AS "Schemas"\n'
        f"FROM {table(log_schema, 'SchemaVersion')} AS v\nWHERE 1 = 1\n{empty}"
    )


def recorded(log_schema: str) -> str:
    """Select the versions that the log has gone through, the latest first. No parameters."""
    return (
        f'SELECT "Version", "PackageVersion" FROM {table(log_schema, "SchemaVersion")} '
        'ORDER BY "Version" DESC'
    )


def record(log_schema: str) -> str:
    """Record a version. Parameters: the column names."""
    return (
        f'INSERT INTO {table(log_schema, "SchemaVersion")} ("Version", "AppliedDT", "PackageVersion") '
        "VALUES (%(Version)s, %(AppliedDT)s, %(PackageVersion)s)"
    )


def existing_columns() -> str:
    """Select the columns of a schema's tables and views. Parameters: schema."""
    return (
        'SELECT TABLE_NAME AS "TableName", COLUMN_NAME AS "ColumnName" FROM INFORMATION_SCHEMA.COLUMNS '
        "WHERE TABLE_SCHEMA = %(schema)s"
    )
