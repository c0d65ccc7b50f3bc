"""Brings staged rows into a target, inside a PostgreSQL transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import psycopg

from data_sync.errors import PermanentError
from data_sync.warehouse import messages
from data_sync.warehouse.interface import Column, Counts, TableName, Target
from data_sync.warehouse.postgres import catalog
from data_sync.warehouse.postgres import staging_sql as sql
from data_sync.warehouse.postgres.session import PostgresSession
from data_sync.warehouse.postgres.types import describe_column

LOGGER = logging.getLogger(__name__)


def columns_of(session: PostgresSession, table: TableName) -> list[Column]:
    """Return a table's columns; none when there is no such table."""
    found = session.rows(catalog.columns_of(), {"table": sql.qualified(table)})
    return [describe_column(row) for row in found]


def staged_columns(session: PostgresSession, target: Target, staging: TableName) -> list[Column]:
    """Return the target's columns that a staging table fills.

    :raises PermanentError: the staging table is gone, or a crash of the server has emptied it
    """
    staged = {column.name for column in columns_of(session, staging)}
    if not staged:
        raise messages.staging_is_gone(staging)
    refuse_emptied(session, staging)
    return [column for column in columns_of(session, target.table) if column.name in staged]


def refuse_emptied(session: PostgresSession, table: TableName) -> None:
    """Refuse an unlogged table that held rows before a crash of the server emptied it."""
    if holds_rows(session, table):  # a crash takes all rows or none
        return
    found = session.rows(sql.remembered_rows(), {"table": sql.qualified(table)})[0]
    if found["remembered"]:
        raise PermanentError(
            f"{table} held {found['remembered']:,} rows and is empty: the server crashed since, or a "
            "replica took its place; nothing was changed. Clear this run from the task that copies the "
            "batches ('stage' or 'bulk_copy'); the source is not read again"
        )


def holds_rows(session: PostgresSession, table: TableName) -> bool:
    """Return whether a table holds a row."""
    return not session.rows(sql.is_empty(table))[0]["is_empty"]


def count(session: PostgresSession, table: TableName) -> int:
    """Return the exact number of rows of a table."""
    return int(session.rows(sql.count_rows(table))[0]["found"])


def merge_into(
    session: PostgresSession,
    target: Target,
    source: TableName,
    columns: Sequence[Column],
    *,
    newer_only: bool,
) -> Counts:
    """Merge a deduped table into the target and return what that did, each figure as the server counted it.

    :raises PermanentError: the target holds a key more than once, or another unique key is violated
    """
    if not holds_rows(session, target.table):
        inserted = session.execute(sql.insert_all(target, source, columns))
        return Counts(inserted, inserted)
    _refuse_repeated_keys(session, target, source)
    staged = count(session, source)
    updated = again = 0
    if any(column.name not in target.keys for column in columns):
        session.execute("SAVEPOINT before_update")
        try:
            updated = session.execute(sql.update_changed(target, source, columns, newer_only=newer_only))
        except psycopg.errors.UniqueViolation as error:
            session.execute("ROLLBACK TO SAVEPOINT before_update")
            updated = again = _take_out(session, target, source, columns, error, newer_only=newer_only)
    try:
        inserted = session.execute(sql.insert_new(target, source, columns)) - again
    except psycopg.errors.UniqueViolation as error:
        raise PermanentError(
            f"{error.diag.message_primary}; {error.diag.message_detail}: a row with another key holds this "
            "value in the target. If the source has deleted that row, trigger the DAG with update_type mass"
        ) from error
    return Counts(staged, inserted, updated, staged - updated - inserted)


def _refuse_repeated_keys(session: PostgresSession, target: Target, source: TableName) -> None:
    unique = {"table": sql.qualified(target.table), "keys": list(target.keys)}
    if session.rows(catalog.has_unique_keys(), unique)[0]["found"]:
        return
    found = session.rows(sql.count_pairs(target, source))[0]
    if found["pairs"] > found["found"]:
        raise messages.repeated_keys(target)


def _take_out(
    session: PostgresSession,
    target: Target,
    source: TableName,
    columns: Sequence[Column],
    error: psycopg.errors.UniqueViolation,
    *,
    newer_only: bool,
) -> int:
    """Delete the rows that change, which are inserted anew, and return how many.

    PostgreSQL checks a unique index row by row, so that two rows cannot exchange their values in an update.
    """
    loaded = {column.name for column in columns}
    kept = [
        column.name
        for column in columns_of(session, target.table)
        if column.name not in loaded and column.writable
    ]
    if kept:
        raise PermanentError(
            f"{error.diag.message_primary}; {error.diag.message_detail}: rows exchange values under this "
            f"constraint, and inserting them anew would lose the columns that are not fetched "
            f"({', '.join(kept)}); make the constraint DEFERRABLE INITIALLY DEFERRED, or fetch the columns"
        )
    LOGGER.info(
        "%s: rows exchange values under %s; they are deleted and inserted anew",
        target.table, error.diag.constraint_name,
    )  # fmt: skip
    return session.execute(sql.delete_changed(target, source, columns, newer_only=newer_only))
