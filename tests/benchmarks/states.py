"""Puts the target into the state that a measured step starts from. Not part of any figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.sync import Batches, table_sync

if TYPE_CHECKING:
    from data_sync.loading.steps import TableSync

KEY = "LedgerId"
QUANTITY = "Quantity"

EVERY = "1 = 1"
NONE = "1 = 0"
ONE_IN_TEN = f'"{KEY}" % 10 = 0'
NINE_IN_TEN = f'"{KEY}" % 10 <> 0'


def columns_of(sync: TableSync) -> list[str]:
    """Return the names of the target's columns."""
    return [column.name for column in sync.warehouse.columns(sync.target.table)]


def put(staged: Batches, held: str, other: str) -> int:
    """Fill the target from staged batches, forget that they were loaded, and let the database settle.

    :param held: which of the rows the target holds: a condition
    :param other: which of these have another quantity than the staged row: a condition
    :returns: rows in the target
    """
    sync = table_sync()
    names = columns_of(sync)
    values = [
        f'"{name}" + CASE WHEN {other} THEN 1 ELSE 0 END' if name == QUANTITY else f'"{name}"'
        for name in names
    ]
    target = f'"{sync.target.table.schema}"."{sync.target.table.name}"'
    listed = ", ".join(f'"{name}"' for name in names)
    rows = 0
    with sync.warehouse.transaction() as session:
        session.execute(f'DELETE FROM "{sync.warehouse.log_schema}"."LoadedBatch"')
        session.execute(f"TRUNCATE TABLE {target}")
        for batch in staged if held != NONE else []:
            rows += session.execute(
                f"INSERT INTO {target} ({listed}) SELECT {', '.join(values)} "
                f'FROM "{sync.warehouse.staging_schema}"."{batch["table"]}" WHERE {held}'
            )
    settle(sync)
    return rows


def settle(sync: TableSync) -> None:
    """Bring PostgreSQL to rest: statistics, visibility and a checkpoint, as a quiet hour would."""
    if sync.warehouse.dialect != "postgres":
        return
    import psycopg

    with psycopg.connect(sync.warehouse.dsn, autocommit=True) as connection:  # type: ignore[attr-defined]
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def rest() -> None:
    """Let the database settle between two steps."""
    settle(table_sync())


def drop_schemas() -> None:
    """Drop the benchmark's schemas with all their tables."""
    sync = table_sync()
    for schema in (sync.target.table.schema, sync.warehouse.staging_schema, sync.warehouse.log_schema):
        with sync.warehouse.transaction() as session:
            found = session.rows(
                "SELECT TABLE_NAME AS name, TABLE_TYPE AS kind FROM INFORMATION_SCHEMA.TABLES "
                "WHERE TABLE_SCHEMA = %(schema)s",
                {"schema": schema},
            )
            for row in sorted(found, key=lambda row: row["kind"] != "VIEW"):
                kind = "VIEW" if row["kind"] == "VIEW" else "TABLE"
                session.execute(f'DROP {kind} "{schema}"."{row["name"]}"')
            session.execute(f'DROP SCHEMA "{schema}"')
