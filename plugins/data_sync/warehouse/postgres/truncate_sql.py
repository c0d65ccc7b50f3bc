"""The statements of full loads by ``truncate`` in PostgreSQL. Pure text: nothing here connects.

The copy of a batch and its record are one transaction of the copying driver, which takes parameters by
position.
"""

from __future__ import annotations

from data_sync.warehouse.bookkeeping_sql import quote


def current_load(log_schema: str) -> str:
    """Select a table's current truncate load and hold it until the transaction ends.

    Parameters by position: schema, name.
    """
    return (
        f'SELECT "LoadingOperation" FROM {quote(log_schema)}."Baseline" '
        'WHERE "TableSchema" = $1 AND "TableName" = $2 FOR SHARE'
    )


def record_copy(log_schema: str) -> str:
    """Record that a batch is copied in.

    Parameters by position: operation, reading, batch, schema, name, rows.
    """
    return (
        f'INSERT INTO {quote(log_schema)}."LoadedBatch" '
        '("OperationId", "Reading", "Batch", "TableSchema", "TableName", "LoadedDT", "Staged", "Inserted", '
        '"Updated", "Unchanged", "Deleted") VALUES ($1, $2, $3, $4, $5, now(), $6, $6, 0, 0, 0)'
    )
