"""The statements that read the history of many tables from the DataUpdate log, for both databases.

Standard SQL only, as in :mod:`~data_sync.updates.log_sql`. Each reads a few index entries per table,
however long the log is: that is why they ask with ``ORDER BY … OFFSET … FETCH`` per table and type, which
both databases answer from the end of an index, and not with GROUP BY over the whole log.

Table names come in as the parameters ``t0``, ``t1`` … (see :func:`table_parameters`).
"""

from __future__ import annotations

from collections.abc import Sequence

from data_sync.updates.log_sql import READ, RUNNING, columns, table

MOST_TABLES = 1000
"""Tables per statement: SQL Server takes at most 2,100 parameters."""

_COLUMNS = tuple(name for name in READ if name != "TableName")


def table_parameters(names: Sequence[str]) -> dict[str, str]:
    """Return the parameters that carry table names.

    :raises ValueError: there are none, or more than :data:`MOST_TABLES`
    """
    if not 0 < len(names) <= MOST_TABLES:
        raise ValueError(f"{len(names)} table names in one statement; pass 1 to {MOST_TABLES}")
    return {f"t{number}": name for number, name in enumerate(names)}


def last_successes(log_schema: str, tables: int) -> str:
    """Select, per table and type, the successful update with the latest reference time.

    Those that moved the watermark only. Parameters: table names, yes.
    """
    return (
        f'SELECT n."TableName", {columns(_COLUMNS, "d")} FROM {_names(tables)} '
        "CROSS JOIN (VALUES ('Mass'), ('Daily'), ('Hourly')) AS k(\"UpdateType\") "
        f'JOIN {table(log_schema)} d ON d."Id" = (SELECT r."Id" FROM {table(log_schema)} r '
        'WHERE r."TableName" = n."TableName" AND r."UpdateType" = k."UpdateType" '
        'AND r."WasSuccessful" = %(yes)s AND r."AdvancesWatermark" = %(yes)s '
        'ORDER BY r."ReferenceDT" DESC, r."Id" DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY)'
    )


def latest_outcomes(log_schema: str, tables: int) -> str:
    """Select, per table, whether the update started last of those that have ended was successful.

    Counts those that would have moved the watermark. NULL when there is none. Parameters: table names, yes.
    """
    return (
        f'SELECT n."TableName", (SELECT r."WasSuccessful" FROM {table(log_schema)} r '
        'WHERE r."TableName" = n."TableName" AND r."AdvancesWatermark" = %(yes)s '
        f'AND r."NumberRecords" <> {RUNNING} '
        f'ORDER BY r."Id" DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY) AS "WasSuccessful" FROM {_names(tables)}'
    )


def failures_since_success(log_schema: str, tables: int) -> str:
    """Select, per table, how many updates failed since the last one that succeeded, and the latest of them.

    Counts those that would have moved the watermark; "since" goes by the order in which they were
    started. ``Failures`` and ``FailingSince`` (start of the first) come with the columns of the latest.
    Parameters: table names, yes, no.
    """
    log = table(log_schema)
    return (
        f'SELECT f."TableName", f."Failures", f."FailingSince", {columns(_COLUMNS, "d")} '
        'FROM (SELECT n."TableName", COUNT(*) AS "Failures", MIN(r."StartDT") AS "FailingSince", '
        'MAX(r."Id") AS "Latest" '
        f'FROM {_names(tables)} JOIN {log} r ON r."TableName" = n."TableName" '
        'AND r."WasSuccessful" = %(no)s AND r."AdvancesWatermark" = %(yes)s '
        f'AND r."Id" > COALESCE((SELECT s."Id" FROM {log} s WHERE s."TableName" = n."TableName" '
        'AND s."WasSuccessful" = %(yes)s AND s."AdvancesWatermark" = %(yes)s '
        'ORDER BY s."Id" DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY), 0) '
        f'GROUP BY n."TableName") f JOIN {log} d ON d."Id" = f."Latest"'
    )


def recent(log_schema: str, tables: int, updates: int) -> str:
    """Select each table's latest updates of any outcome, newest first.

    :param updates: how many per table
    Parameters: table names.
    """
    log = table(log_schema)
    return (
        f'SELECT n."TableName", {columns(_COLUMNS, "d")} FROM {_names(tables)} '
        f'JOIN {log} d ON d."TableName" = n."TableName" '
        f'AND d."Id" >= COALESCE((SELECT r."Id" FROM {log} r WHERE r."TableName" = n."TableName" '
        f'ORDER BY r."Id" DESC OFFSET {int(updates) - 1} ROWS FETCH NEXT 1 ROWS ONLY), 0) '
        'ORDER BY n."TableName", d."Id" DESC'
    )


def _names(tables: int) -> str:
    """Return the table names as a derived table ``n``."""
    values = ", ".join(f"(%(t{number})s)" for number in range(tables))
    return f'(VALUES {values}) AS n("TableName")'
