"""The statements that write, read and purge the DataUpdate log, the same text for both databases.

Standard SQL only: identifiers in double quotes, which SQL Server reads as identifiers because ODBC
connections set QUOTED_IDENTIFIER ON; truth values are bound, since ``bit`` has no literals. What marks a
running update is written out in each statement, because SQL Server uses a filtered index for a literal
only.
"""

from __future__ import annotations

from collections.abc import Iterable

from data_sync.warehouse.bookkeeping_sql import quote

RUNNING = -2
"""NumberRecords while an update runs."""

CLOSED_AS_FAILED = -1
"""NumberRecords of an update that was interrupted or failed."""

_STARTED = (
    "TableName", "SourceSystem", "UpdateType", "StartDT", "OperationId", "ReferenceDT", "MinimumDT",
    "MaximumDT", "AdvancesWatermark", "DagId", "RunId", "RunType", "TryNumber", "RequestedBy", "Reason",
    "LookbackSeconds",
)  # fmt: skip

COMPLETED = (
    "EndDT", "WasSuccessful", "NumberRecords", "SourceReadDT", "RowsFetched", "RowsStaged", "RowsInserted",
    "RowsUpdated", "RowsUnchanged", "RowsDeleted", "Error", "FailedTask", "FailedPermanently", "Reading",
)  # fmt: skip
"""The columns that closing an update sets."""

READ = (
    "Id", "TableName", "SourceSystem", "UpdateType", "StartDT", "EndDT", "WasSuccessful", "NumberRecords",
    "OperationId", "ReferenceDT", "SourceReadDT", "DagId", "RunId", "RunType", "TryNumber", "RowsFetched",
    "RowsInserted", "RowsUpdated", "RowsUnchanged", "RowsDeleted", "Error", "FailedTask",
)  # fmt: skip
"""The columns of an update that is read as a whole."""


def table(log_schema: str, name: str = "DataUpdate") -> str:
    """Return the qualified name of one of the log's tables or views."""
    return f"{quote(log_schema)}.{quote(name)}"


def columns(names: Iterable[str], alias: str = "") -> str:
    """Return quoted column names separated by commas, each behind an alias if one is given."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(f"{prefix}{quote(name)}" for name in names)


_ADVANCED = (
    '"WasSuccessful" = %(yes)s AND "AdvancesWatermark" = %(yes)s '
    'AND "ReferenceDT" <= %(until)s AND "SourceReadDT" <= %(until)s'
)


# -- one update ---------------------------------------------------------------------------------------


def start_update(log_schema: str) -> str:
    """Insert the row of a starting update. Parameters: the column names."""
    values = ", ".join(f"%({name})s" for name in _STARTED)
    return (
        f'INSERT INTO {table(log_schema)} ("NumberRecords", {columns(_STARTED)}) VALUES ({RUNNING}, {values})'
    )


def find_running(log_schema: str) -> str:
    """Select the id of the running row of an operation. Parameters: OperationId."""
    return (
        f'SELECT MAX("Id") AS "Id" FROM {table(log_schema)} '
        f'WHERE "OperationId" = %(OperationId)s AND "NumberRecords" = {RUNNING}'
    )


def one_update(log_schema: str) -> str:
    """Select an update. Parameters: Id."""
    return f'SELECT {columns(READ)} FROM {table(log_schema)} WHERE "Id" = %(Id)s'


def complete_update(log_schema: str) -> str:
    """Close one running row. Parameters: the columns of :data:`COMPLETED`, Id."""
    settings = ", ".join(f"{quote(name)} = %({name})s" for name in COMPLETED)
    return f'UPDATE {table(log_schema)} SET {settings} WHERE "Id" = %(Id)s AND "NumberRecords" = {RUNNING}'


def close_as_failed(log_schema: str) -> str:
    """Mark one running row as interrupted. Parameters: Id, closed, EndDT, failed, Error."""
    return (
        f'UPDATE {table(log_schema)} SET "NumberRecords" = %(closed)s, "WasSuccessful" = %(failed)s, '
        '"EndDT" = %(EndDT)s, "Error" = %(Error)s '
        f'WHERE "Id" = %(Id)s AND "NumberRecords" = {RUNNING}'
    )


def open_updates(log_schema: str, *, one_table: bool) -> str:
    """Select the rows still marked as running. Parameters: for one table, TableName."""
    which = ' AND "TableName" = %(TableName)s' if one_table else ""
    return (
        f"SELECT {columns(READ)} FROM {table(log_schema)} "
        f'WHERE "NumberRecords" = {RUNNING}{which} ORDER BY "Id"'
    )


# -- what later updates build on ----------------------------------------------------------------------


def last_updates(log_schema: str, *, without_run: bool = False) -> str:
    """Select the latest successful update of each type that moved the watermark, of one table.

    Parameters: TableName, yes, until: what is logged as later is left out; DagId and RunId of a run whose own
    rows are left out.
    """
    others = ' AND ("DagId" <> %(DagId)s OR "RunId" <> %(RunId)s)' if without_run else ""
    return (
        'SELECT "UpdateType", MAX("ReferenceDT") AS "ReferenceDT", MAX("SourceReadDT") AS "SourceReadDT" '
        f"FROM {table(log_schema)} "
        f'WHERE "TableName" = %(TableName)s AND {_ADVANCED}{others} '
        'GROUP BY "UpdateType" ORDER BY "UpdateType"'
    )


def lookbacks(log_schema: str) -> str:
    """Select the lookbacks that a table's updates promised, and when the last of each was read.

    Parameters: TableName, yes, until.
    """
    return (
        'SELECT "LookbackSeconds", MAX("SourceReadDT") AS "SourceReadDT" '
        f"FROM {table(log_schema)} "
        f'WHERE "TableName" = %(TableName)s AND {_ADVANCED} AND "LookbackSeconds" IS NOT NULL '
        'GROUP BY "LookbackSeconds" ORDER BY "LookbackSeconds"'
    )


def permanent_failures(log_schema: str) -> str:
    """Select how many updates of a table failed permanently since its last success, and when the last did.

    Parameters: TableName, yes.
    """
    return (
        f'SELECT COUNT(*) AS "Failures", MAX(f."EndDT") AS "EndDT" FROM {table(log_schema)} f '
        'WHERE f."TableName" = %(TableName)s AND f."FailedPermanently" = %(yes)s '
        'AND f."AdvancesWatermark" = %(yes)s AND f."Id" > COALESCE((SELECT MAX(s."Id") '
        f'FROM {table(log_schema)} s WHERE s."TableName" = %(TableName)s AND s."WasSuccessful" = %(yes)s '
        'AND s."AdvancesWatermark" = %(yes)s), 0)'
    )


def all_last_updates(log_schema: str) -> str:
    """Select what :func:`last_updates` selects, of all tables. Parameters: yes, until.

    Not from the view LastDataUpdates: without SourceSystem the index IX_DataUpdate_Latest alone answers it.
    """
    return (
        'SELECT "TableName", "UpdateType", MAX("ReferenceDT") AS "ReferenceDT", '
        'MAX("SourceReadDT") AS "SourceReadDT" '
        f"FROM {table(log_schema)} WHERE {_ADVANCED} "
        'GROUP BY "TableName", "UpdateType" ORDER BY "TableName", "UpdateType"'
    )


def all_lookbacks(log_schema: str) -> str:
    """Select what :func:`lookbacks` selects, of all tables. Parameters: yes, until."""
    return (
        'SELECT "TableName", "LookbackSeconds", MAX("SourceReadDT") AS "SourceReadDT" '
        f'FROM {table(log_schema)} WHERE {_ADVANCED} AND "LookbackSeconds" IS NOT NULL '
        'GROUP BY "TableName", "LookbackSeconds" ORDER BY "TableName", "LookbackSeconds"'
    )


def all_permanent_failures(log_schema: str) -> str:
    """Select what :func:`permanent_failures` selects, of all tables that have any. Parameters: yes."""
    return (
        f'SELECT f."TableName", COUNT(*) AS "Failures", MAX(f."EndDT") AS "EndDT" FROM {table(log_schema)} f '
        'WHERE f."FailedPermanently" = %(yes)s AND f."AdvancesWatermark" = %(yes)s '
        f'AND f."Id" > COALESCE((SELECT MAX(s."Id") FROM {table(log_schema)} s '
        'WHERE s."TableName" = f."TableName" AND s."WasSuccessful" = %(yes)s '
        'AND s."AdvancesWatermark" = %(yes)s), 0) GROUP BY f."TableName" ORDER BY f."TableName"'
    )


# -- upkeep -------------------------------------------------------------------------------------------


def operation(log_schema: str) -> str:
    """Select how an operation stands: its rows, those still running, its end, and its latest success.

    Parameters: OperationId, yes.
    """
    return (
        'SELECT COUNT(*) AS "Tries", '
        f'COUNT(CASE WHEN "NumberRecords" = {RUNNING} THEN 1 END) AS "Running", '
        'MAX("Id") AS "LastId", MAX(CASE WHEN "WasSuccessful" = %(yes)s THEN "Id" END) AS "GoodId", '
        'MAX(COALESCE("EndDT", "StartDT")) AS "EndDT" '
        f'FROM {table(log_schema)} WHERE "OperationId" = %(OperationId)s'
    )


def tables_without_indexes(log_schema: str) -> str:
    """Select the tables that have indexes remembered as disabled. No parameters."""
    return (
        f'SELECT DISTINCT "TableSchema", "TableName" FROM {table(log_schema, "DisabledIndex")} '
        'ORDER BY "TableSchema", "TableName"'
    )


_PURGEABLE = f'"StartDT" < %(before)s AND "NumberRecords" <> {RUNNING}'


def purgeable(log_schema: str) -> str:
    """Select the first and the last Id of the closed rows that started before an instant.

    Parameters: before.
    """
    return f'SELECT MIN("Id") AS "First", MAX("Id") AS "Last" FROM {table(log_schema)} WHERE {_PURGEABLE}'


def next_purgeable(log_schema: str) -> str:
    """Select the first Id behind another of those that :func:`purgeable` finds.

    Parameters: after, last, before.
    """
    return (
        f'SELECT MIN("Id") AS "First" FROM {table(log_schema)} '
        f'WHERE "Id" > %(after)s AND "Id" <= %(last)s AND {_PURGEABLE}'
    )


def kept(log_schema: str) -> str:
    """Select the Ids of the old rows that LastDataUpdates shows. Parameters: before, yes.

    Without them a table that is synced rarely, or was paused, would be read from the beginning again.
    """
    return (
        f'SELECT u."Id" FROM {table(log_schema)} u JOIN {table(log_schema, "LastDataUpdates")} l '
        'ON l."TableName" = u."TableName" AND l."SourceSystem" = u."SourceSystem" '
        'AND l."UpdateType" = u."UpdateType" '
        'AND (l."ReferenceDT" = u."ReferenceDT" OR l."SourceReadDT" = u."SourceReadDT") '
        'WHERE u."StartDT" < %(before)s AND u."WasSuccessful" = %(yes)s AND u."AdvancesWatermark" = %(yes)s '
        'ORDER BY u."Id"'
    )


def purge(log_schema: str) -> str:
    """Delete the closed rows of a range of Ids that started before an instant.

    Parameters: first, last, before.
    """
    return f'DELETE FROM {table(log_schema)} WHERE "Id" BETWEEN %(first)s AND %(last)s AND {_PURGEABLE}'


def purge_batches(log_schema: str) -> str:
    """Forget the batches that were loaded before an instant. Parameters: before."""
    return f'DELETE FROM {table(log_schema, "LoadedBatch")} WHERE "LoadedDT" < %(before)s'
