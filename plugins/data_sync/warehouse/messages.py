"""The messages that both databases give, each written once."""

from __future__ import annotations

from collections.abc import Iterable

from data_sync.errors import CountMismatch, PermanentError, SchemaMismatch, SuspiciousLoad, ValueRejected
from data_sync.warehouse.interface import TableName, Target


def no_table(table: TableName) -> SchemaMismatch:
    """Return the error for a target that is not there."""
    return SchemaMismatch(f"table {table} does not exist in the warehouse")


def not_loadable(table: TableName, what: str, advice: str) -> SchemaMismatch:
    """Return the error for a target that cannot be loaded.

    :param what: what it is, such as ``a view``
    :param advice: what to write or change instead
    """
    return SchemaMismatch(f"{table} is {what}, which cannot be loaded; {advice}")


def staging_is_gone(staging: TableName) -> PermanentError:
    """Return the error for a staging table that has been dropped."""
    return PermanentError(
        f"staging table {staging} is gone: what a failed update left is dropped when a newer one starts, and "
        "a finished update drops its own; clear this run from its task 'fetch'"
    )


def wrong_count(staging: TableName, sent: int, arrived: int) -> CountMismatch:
    """Return the error for a copy that arrived with another number of rows than were sent."""
    return CountMismatch(f"{staging}: {sent:,} rows were sent and {arrived:,} arrived")


def refuse_null_keys(found: Iterable[tuple[int | None, str]]) -> None:
    """Refuse a copy in which a key is NULL.

    :param found: for each key column, the first row of the fetch in which it is NULL, if any, and its name
    :raises ValueRejected: there is one
    """
    nulls = [(row, key) for row, key in found if row is not None]
    if nulls:
        row, key = min(nulls)
        raise ValueRejected(
            f"key column {key!r} is NULL in row {row:,} of the fetch; every row needs its key: "
            "filter such rows in the fetch, or choose other keys"
        )


def repeated_keys(target: Target) -> PermanentError:
    """Return the error for a target that holds a key more than once."""
    return PermanentError(
        f"{target.table} holds some keys ({', '.join(target.keys)}) more than once; remove the "
        "surplus rows and give the table a primary key, or choose other keys"
    )


def copied_key_is_there(error: Exception) -> PermanentError:
    """Return the error for a key that is in a truncated target already."""
    return PermanentError(
        f"{error}; the source returned a key twice, or the table was not empty: "
        "use load: swap, which keeps the newest row of each key"
    )


def refuse_suspicious(table: TableName, held: int, rows: int, minimum_percent: int) -> None:
    """Refuse a full load that would shrink the table by more than the configuration allows.

    :param held: rows that the table holds
    :param rows: rows that the load brings
    :param minimum_percent: the least share of the table's rows that a load must bring; 0 allows any
    :raises SuspiciousLoad: the load is smaller
    """
    if rows * 100 < held * minimum_percent:
        raise SuspiciousLoad(
            f"{table} holds {held:,} rows and the source returned {rows:,}, less than {minimum_percent}%; "
            "nothing was changed. If the source really shrank, trigger the DAG with update_type mass and "
            "allow_shrink, or lower mass.minimum_rows_percent"
        )


def cannot_truncate(table: TableName, error: Exception) -> str:
    """Return what the log says when TRUNCATE is not possible."""
    return f"TRUNCATE of {table} is not possible ({error}); deleting instead, which is slower"


def emptied_since(table: TableName, current: str | None) -> PermanentError:
    """Return the error for a batch of a truncate load that is not the table's current one.

    :param current: the current one
    """
    what = f"has been emptied for another load ({current}) since" if current else "is not being loaded"
    return PermanentError(f"{table} {what}; clear this run from its task 'empty' to load it again")


def other_rows(table: TableName, found: int, expected: int) -> CountMismatch:
    """Return the error for a truncated target that does not hold the rows that were copied."""
    return CountMismatch(
        f"{table} holds {found:,} rows after a load of {expected:,}; "
        "clear this run from its task 'empty' to load again"
    )
