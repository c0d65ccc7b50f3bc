"""The statements that read and write the DataUpdate log, the same text for both databases.

Standard SQL only: identifiers in double quotes, which SQL Server reads as identifiers because ODBC
connections set QUOTED_IDENTIFIER ON; truth values are bound, since ``bit`` has no literals.
"""

from __future__ import annotations

RUNNING = -2
"""NumberRecords while an update runs."""

CLOSED_AS_FAILED = -1
"""NumberRecords of an update that was interrupted or failed."""

_INSERTED = (
    "TableName", "SourceSystem", "UpdateType", "StartDT", "NumberRecords", "OperationId", "ReferenceDT",
    "MinimumDT", "MaximumDT", "AdvancesWatermark", "DagId", "RunId", "RunType", "TryNumber", "RequestedBy",
    "Reason",
)  # fmt: skip

COMPLETED = (
    "EndDT", "WasSuccessful", "NumberRecords", "SourceReadDT", "RowsFetched", "RowsStaged", "RowsInserted",
    "RowsUpdated", "RowsUnchanged", "RowsDeleted", "Error",
)  # fmt: skip
"""The columns that closing an update sets."""


def _table(log_schema: str) -> str:
    return f'{_quote(log_schema)}."DataUpdate"'


def _quote(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(_quote(name) for name in names)


def start_update(log_schema: str) -> str:
    """Insert the row of a starting update. Parameters: the column names."""
    values = ", ".join(f"%({name})s" for name in _INSERTED)
    return f"INSERT INTO {_table(log_schema)} ({_columns(_INSERTED)}) VALUES ({values})"


def find_running(log_schema: str) -> str:
    """Select the id of the running row of an operation. Parameters: OperationId, running."""
    return (
        f'SELECT MAX("Id") AS "Id" FROM {_table(log_schema)} '
        'WHERE "OperationId" = %(OperationId)s AND "NumberRecords" = %(running)s'
    )


def complete_update(log_schema: str) -> str:
    """Close one running row. Parameters: the columns of :data:`COMPLETED`, Id, running."""
    settings = ", ".join(f"{_quote(name)} = %({name})s" for name in COMPLETED)
    return f'UPDATE {_table(log_schema)} SET {settings} WHERE "Id" = %(Id)s AND "NumberRecords" = %(running)s'


def open_updates(log_schema: str, *, one_table: bool) -> str:
    """Select the rows still marked as running. Parameters: running and, for one table, TableName."""
    which = ' AND "TableName" = %(TableName)s' if one_table else ""
    return (
        'SELECT "Id", "TableName", "SourceSystem", "UpdateType", "DagId", "RunId", "OperationId", "StartDT", '
        f'"TryNumber" FROM {_table(log_schema)} WHERE "NumberRecords" = %(running)s{which} ORDER BY "Id"'
    )


def close_as_failed(log_schema: str) -> str:
    """Mark one running row as interrupted. Parameters: Id, running, closed, EndDT, failed, Error."""
    return (
        f'UPDATE {_table(log_schema)} SET "NumberRecords" = %(closed)s, "WasSuccessful" = %(failed)s, '
        '"EndDT" = %(EndDT)s, "Error" = %(Error)s '
        'WHERE "Id" = %(Id)s AND "NumberRecords" = %(running)s'
    )


def last_updates(log_schema: str) -> str:
    """Select from the view LastDataUpdates. Parameters: TableName."""
    return (
        'SELECT "UpdateType", "ReferenceDT", "SourceReadDT" '
        f'FROM {_quote(log_schema)}."LastDataUpdates" '
        'WHERE "TableName" = %(TableName)s ORDER BY "UpdateType"'
    )


def last_updates_without(log_schema: str) -> str:
    """Select what LastDataUpdates would show without one operation's own rows.

    Parameters: TableName, OperationId, yes.
    """
    return (
        'SELECT "UpdateType", MAX("ReferenceDT") AS "ReferenceDT", MAX("SourceReadDT") AS "SourceReadDT" '
        f"FROM {_table(log_schema)} "
        'WHERE "TableName" = %(TableName)s AND "OperationId" <> %(OperationId)s '
        'AND "WasSuccessful" = %(yes)s AND "AdvancesWatermark" = %(yes)s '
        'GROUP BY "UpdateType" ORDER BY "UpdateType"'
    )
