"""Steps inside a SQL Server transaction that several kinds of load share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from data_sync.errors import CountMismatch, PermanentError, ValueRejected
from data_sync.warehouse.interface import Column, Counts, Session, TableName, Target
from data_sync.warehouse.mssql import bookkeeping_sql as log
from data_sync.warehouse.mssql import catalog
from data_sync.warehouse.mssql import staging_sql as sql
from data_sync.warehouse.mssql.session import MssqlSession
from data_sync.warehouse.mssql.types import describe_column


def columns_of(session: Session, table: TableName) -> list[Column]:
    """Return a table's columns; none when there is no such table."""
    named = {"schema": table.schema, "name": table.name, "table": sql.qualified(table)}
    found = session.rows(catalog.columns_of(), named)
    return [describe_column(row) for row in found]


def staged_columns(session: Session, target: Target, staging: TableName) -> list[Column]:
    """Return the target's columns that a staging table fills.

    :raises PermanentError: the staging table is gone
    """
    # A query of one's own may spell a column differently, which SQL Server overlooks.
    staged = {column.name.casefold() for column in columns_of(session, staging)}
    if not staged:
        raise PermanentError(
            f"staging table {staging} is gone: the maintenance DAG drops old ones, and a finished "
            "update drops its own; clear this run from its task 'fetch'"
        )
    return [column for column in columns_of(session, target.table) if column.name.casefold() in staged]


def check_copy(
    session: Session, copy: TableName, target: Target, columns: Sequence[Column], rows: int
) -> None:
    """Check that all rows of a copy arrived, each with its key, and fit the target's code pages.

    :param columns: the target's columns that the copy fills
    :raises CountMismatch: other than ``rows`` rows arrived
    :raises ValueRejected: a key is NULL, or a text has a character that its column cannot hold
    """
    found = session.rows(sql.check_copy(copy, target.keys, columns))[0]
    if found["found"] != rows:
        raise CountMismatch(f"{copy}: {rows:,} rows were sent and {found['found']:,} arrived")
    nulls = _first_rows(found, "null", target.keys)
    if nulls:
        row, key = min(nulls)
        raise ValueRejected(
            f"key column {key!r} is NULL in row {row:,} of the fetch; every row needs its key: "
            "filter such rows in the fetch, or choose other keys"
        )
    lost = _first_rows(found, "lost", [column.name for column in columns])
    if lost:
        row, name = min(lost)
        column = next(column for column in columns if column.name == name)
        raise ValueRejected(
            f"column {name!r}, row {row:,} of the fetch: the text does not fit {column.sql_type} with "
            f"collation {column.collation}; make the column nvarchar, or convert the value in the fetch"
        )


def _first_rows(found: Mapping[str, Any], prefix: str, names: Sequence[str]) -> list[tuple[int, str]]:
    """Return, for each column that has one, the number of its first bad row, and its name."""
    rows = [(found.get(f"{prefix}{number}"), name) for number, name in enumerate(names)]
    return [(row, name) for row, name in rows if row is not None]


def recorded(session: Session, log_schema: str, name: str) -> Counts | None:
    """Return what is recorded of a staging table; None when it is not loaded yet."""
    found = session.rows(log.loaded_batch(log_schema), {"name": name})
    return Counts(**{key.lower(): int(value) for key, value in found[0].items()}) if found else None


def record(session: Session, log_schema: str, name: str, counts: Counts) -> None:
    """Record in this transaction that a staging table is loaded."""
    session.execute(log.record_batch(log_schema), {"name": name, **asdict(counts)})


def holds_rows(session: Session, table: TableName) -> bool:
    """Return whether a table holds rows, and keep writers out until the transaction ends."""
    return bool(session.rows(sql.holds_rows(table))[0]["found"])


def count(session: Session, table: TableName) -> int:
    """Return the exact number of rows of a table."""
    return int(session.rows(sql.count_rows(table))[0]["found"])


def repeated_keys(target: Target) -> PermanentError:
    """Return the error for a target that holds a key more than once."""
    return PermanentError(
        f"{target.table} holds some keys ({', '.join(target.keys)}) more than once; remove the "
        "surplus rows and give the table a primary key, or choose other keys"
    )


def count_new(session: Session, target: Target, source: TableName) -> tuple[int, int]:
    """Return the staged rows and how many of them the target does not hold.

    :raises PermanentError: the target holds a key more than once
    """
    found = session.rows(sql.count_new(target, source))[0]
    if found["joined_rows"] > found["staged_rows"]:
        raise repeated_keys(target)
    return int(found["staged_rows"]), int(found["new_rows"])


def merge_into(
    session: MssqlSession, target: Target, source: TableName, columns: Sequence[Column], *, newer_only: bool
) -> Counts:
    """Merge a deduped table into the target and return what that did."""
    if not holds_rows(session, target.table):
        inserted = session.touch(sql.insert_all(target, source, columns))
        return Counts(inserted, inserted)
    staged, inserted = count_new(session, target, source)
    touched = session.touch(sql.merge(target, source, columns, newer_only=newer_only))
    return Counts(staged, inserted, touched - inserted, staged - touched)
