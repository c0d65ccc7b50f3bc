"""The statements that keep the log and the warehouse tidy, the same text for both databases.

Standard SQL only, as in :mod:`~data_sync.updates.log_sql`.
"""

from __future__ import annotations


def _table(log_schema: str, name: str = "DataUpdate") -> str:
    return '"' + log_schema.replace('"', '""') + f'"."{name}"'


_PURGEABLE = '"StartDT" < %(before)s AND "NumberRecords" <> %(running)s'


def purgeable(log_schema: str) -> str:
    """Select the first and the last Id of the closed rows that started before an instant.

    Parameters: before, running.
    """
    return f'SELECT MIN("Id") AS "First", MAX("Id") AS "Last" FROM {_table(log_schema)} WHERE {_PURGEABLE}'


def next_purgeable(log_schema: str) -> str:
    """Select the first Id behind another of those that :func:`purgeable` tells of.

    Parameters: after, last, before, running.
    """
    return (
        f'SELECT MIN("Id") AS "First" FROM {_table(log_schema)} '
        f'WHERE "Id" > %(after)s AND "Id" <= %(last)s AND {_PURGEABLE}'
    )


def kept(log_schema: str) -> str:
    """Select the Ids of the old rows that LastDataUpdates shows. Parameters: before, yes.

    Without them a table that is synced rarely, or was paused, would be read from the beginning again.
    """
    return (
        f'SELECT u."Id" FROM {_table(log_schema)} u JOIN {_table(log_schema, "LastDataUpdates")} l '
        'ON l."TableName" = u."TableName" AND l."SourceSystem" = u."SourceSystem" '
        'AND l."UpdateType" = u."UpdateType" '
        'AND (l."ReferenceDT" = u."ReferenceDT" OR l."SourceReadDT" = u."SourceReadDT") '
        'WHERE u."StartDT" < %(before)s AND u."WasSuccessful" = %(yes)s AND u."AdvancesWatermark" = %(yes)s '
        'ORDER BY u."Id"'
    )


def purge(log_schema: str) -> str:
    """Delete the closed rows of a range of Ids that started before an instant.

    Parameters: first, last, before, running.
    """
    return f'DELETE FROM {_table(log_schema)} WHERE "Id" BETWEEN %(first)s AND %(last)s AND {_PURGEABLE}'


def purge_batches(log_schema: str) -> str:
    """Forget the batches that were loaded before an instant. Parameters: before."""
    return f'DELETE FROM {_table(log_schema, "LoadedBatch")} WHERE "LoadedDT" < %(before)s'


def operation(log_schema: str) -> str:
    """Select how an operation stands: its rows, those still running, its end, and its latest success.

    Parameters: OperationId, running, yes.
    """
    return (
        'SELECT COUNT(*) AS "Tries", '
        'COUNT(CASE WHEN "NumberRecords" = %(running)s THEN 1 END) AS "Running", '
        'MAX("Id") AS "LastId", MAX(CASE WHEN "WasSuccessful" = %(yes)s THEN "Id" END) AS "GoodId", '
        'MAX(COALESCE("EndDT", "StartDT")) AS "EndDT" '
        f'FROM {_table(log_schema)} WHERE "OperationId" = %(OperationId)s'
    )


def tables_without_indexes(log_schema: str) -> str:
    """Select the tables that have indexes remembered as disabled. No parameters."""
    return (
        f'SELECT DISTINCT "TableSchema", "TableName" FROM {_table(log_schema, "DisabledIndex")} '
        'ORDER BY "TableSchema", "TableName"'
    )


def all_last_updates(log_schema: str) -> str:
    """Select what LastDataUpdates shows, of all tables, whatever their source system was. Parameters: yes.

    Not from the view itself, since without SourceSystem the index IX_DataUpdate_Latest alone answers it.
    """
    return (
        'SELECT "TableName", "UpdateType", MAX("ReferenceDT") AS "ReferenceDT", '
        'MAX("SourceReadDT") AS "SourceReadDT" '
        f"FROM {_table(log_schema)} "
        'WHERE "WasSuccessful" = %(yes)s AND "AdvancesWatermark" = %(yes)s '
        'GROUP BY "TableName", "UpdateType" ORDER BY "TableName", "UpdateType"'
    )
