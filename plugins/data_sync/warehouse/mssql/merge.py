"""Brings staged rows into a target, inside a SQL Server transaction."""

from __future__ import annotations

from collections.abc import Sequence

from data_sync.warehouse import messages
from data_sync.warehouse.interface import Column, Counts, Session, TableName, Target
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
        raise messages.staging_is_gone(staging)
    return [column for column in columns_of(session, target.table) if column.name.casefold() in staged]


def holds_rows(session: Session, table: TableName) -> bool:
    """Return whether a table holds rows, and keep writers out until the transaction ends."""
    return bool(session.rows(sql.holds_rows(table))[0]["found"])


def any_row(session: Session, table: TableName) -> bool:
    """Return whether a table holds rows, and keep nobody out."""
    return bool(session.rows(sql.any_row(table))[0]["found"])


def count(session: Session, table: TableName) -> int:
    """Return the exact number of rows of a table."""
    return int(session.rows(sql.count_rows(table))[0]["found"])


def count_new(session: Session, target: Target, source: TableName) -> tuple[int, int]:
    """Return the staged rows and how many of them the target does not hold.

    :raises PermanentError: the target holds a key more than once
    """
    found = session.rows(sql.count_new(target, source))[0]
    if found["joined_rows"] > found["staged_rows"]:
        raise messages.repeated_keys(target)
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
