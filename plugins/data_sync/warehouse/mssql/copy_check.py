"""Checks a bulk copy before its rows are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data_sync.errors import ValueRejected
from data_sync.warehouse import messages
from data_sync.warehouse.interface import Column, Session, TableName, Target
from data_sync.warehouse.mssql import staging_sql as sql


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
        raise messages.wrong_count(copy, rows, int(found["found"]))
    messages.refuse_null_keys((found.get(f"null{number}"), key) for number, key in enumerate(target.keys))
    lost = _first_rows(found, [column.name for column in columns])
    if lost:
        row, name = min(lost)
        column = next(column for column in columns if column.name == name)
        raise ValueRejected(
            f"column {name!r}, row {row:,} of the fetch: the text does not fit {column.sql_type} with "
            f"collation {column.collation}; make the column nvarchar, or convert the value in the fetch"
        )


def _first_rows(found: Mapping[str, Any], names: Sequence[str]) -> list[tuple[int, str]]:
    """Return, for each column that has one, the number of its first row that is lost, and its name."""
    rows = [(found.get(f"lost{number}"), name) for number, name in enumerate(names)]
    return [(row, name) for row, name in rows if row is not None]
