"""What the database can do with rows that it holds already: plain statements, nothing counted or checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.raw_copy import quoted
from tests.benchmarks.states import columns_of
from tests.benchmarks.sync import Batches, table_sync

if TYPE_CHECKING:
    from data_sync.loading.steps import TableSync


def merge(staged: Batches) -> int:
    """MERGE each staged batch by its keys, every found row updated; return the rows touched."""
    sync = table_sync()
    names = columns_of(sync)
    settings = ", ".join(f'"{name}" = s."{name}"' for name in names if name not in sync.target.keys)
    touched = 0
    for batch in staged:
        with sync.warehouse.transaction() as session:
            touched += session.execute(
                f"MERGE INTO {quoted(sync.target.table)} AS t USING {_staging(sync, batch['table'])} AS s "
                f"ON {_same_key(sync)} "
                f"WHEN MATCHED THEN UPDATE SET {settings} "
                f"WHEN NOT MATCHED THEN INSERT ({_list(names)}) VALUES ({_list(names, 's.')});"
            )
    return touched


def compare(staged: Batches) -> int:
    """Join each staged batch to the target and count the rows that differ, all columns compared."""
    sync = table_sync()
    names = [name for name in columns_of(sync) if name not in sync.target.keys]
    mine, theirs = _list(names, "t."), _list(names, "s.")
    differs = (
        f"ROW({mine}) IS DISTINCT FROM ROW({theirs})"
        if sync.warehouse.dialect == "postgres"
        else f"EXISTS (SELECT {theirs} EXCEPT SELECT {mine})"
    )
    different = 0
    for batch in staged:
        with sync.warehouse.transaction() as session:
            different += session.rows(
                f"SELECT COUNT(*) AS n FROM {_staging(sync, batch['table'])} AS s "
                f"JOIN {quoted(sync.target.table)} AS t ON {_same_key(sync)} WHERE {differs}"
            )[0]["n"]
    return different


def reload(staged: Batches) -> int:
    """TRUNCATE the target and INSERT … SELECT all staged rows, in one transaction; return the rows."""
    sync = table_sync()
    names = _list(columns_of(sync))
    with sync.warehouse.transaction() as session:
        session.execute(f"TRUNCATE TABLE {quoted(sync.target.table)}")
        return sum(
            session.execute(
                f"INSERT INTO {quoted(sync.target.table)} ({names}) "
                f"SELECT {names} FROM {_staging(sync, batch['table'])}"
            )
            for batch in staged
        )


def _staging(sync: TableSync, name: str) -> str:
    return f'"{sync.warehouse.staging_schema}"."{name}"'


def _same_key(sync: TableSync) -> str:
    return " AND ".join(f't."{key}" = s."{key}"' for key in sync.target.keys)


def _list(names: list[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)
