"""The statements on the package's own tables in SQL Server: what is loaded, emptied and disabled."""

from __future__ import annotations

from data_sync.warehouse.mssql.staging_sql import quote


def loaded_batch(log_schema: str) -> str:
    """Select what is recorded of one staging table. Parameters: name."""
    return (
        "SELECT [Staged], [Inserted], [Updated], [Unchanged], [Deleted] "
        f"FROM {quote(log_schema)}.[LoadedBatch] WHERE [StagingTable] = %(name)s"
    )


def record_batch(log_schema: str) -> str:
    """Record that a staging table is loaded. Parameters: name and the counts."""
    return (
        f"INSERT INTO {quote(log_schema)}.[LoadedBatch] "
        "([StagingTable], [LoadedDT], [Staged], [Inserted], [Updated], [Unchanged], [Deleted]) VALUES "
        "(%(name)s, SYSUTCDATETIME(), %(staged)s, %(inserted)s, %(updated)s, %(unchanged)s, %(deleted)s)"
    )


def forget_batches(log_schema: str) -> str:
    """Forget the recorded batches of one truncate load. Parameters: prefix, length of the prefix."""
    return (
        f"DELETE FROM {quote(log_schema)}.[LoadedBatch] WHERE LEFT([StagingTable], %(length)s) = %(prefix)s"
    )


def current_load(log_schema: str) -> str:
    """Select a table's current truncate load and hold it until the transaction ends.

    Parameters: schema, name.
    """
    return (
        f"SELECT [OperationId] FROM {quote(log_schema)}.[TableLoad] WITH (REPEATABLEREAD) "
        "WHERE [TableSchema] = %(schema)s AND [TableName] = %(name)s"
    )


def change_truncate_load(log_schema: str) -> str:
    """Make an operation the current load of a table that had one. Parameters: schema, name, operation."""
    return (
        f"UPDATE {quote(log_schema)}.[TableLoad] "
        "SET [OperationId] = %(operation)s, [StartedDT] = SYSUTCDATETIME() "
        "WHERE [TableSchema] = %(schema)s AND [TableName] = %(name)s"
    )


def begin_truncate_load(log_schema: str) -> str:
    """Make an operation the current load of a table that had none. Parameters: schema, name, operation."""
    return (
        f"INSERT INTO {quote(log_schema)}.[TableLoad] "
        "([TableSchema], [TableName], [OperationId], [StartedDT]) "
        "VALUES (%(schema)s, %(name)s, %(operation)s, SYSUTCDATETIME())"
    )


def forget_index(log_schema: str) -> str:
    """Forget a remembered index. Parameters: schema, name, index."""
    return (
        f"DELETE FROM {quote(log_schema)}.[DisabledIndex] "
        "WHERE [TableSchema] = %(schema)s AND [TableName] = %(name)s AND [IndexName] = %(index)s"
    )


def remember_index(log_schema: str) -> str:
    """Remember an index about to be disabled. Parameters: schema, name, index."""
    return (
        f"INSERT INTO {quote(log_schema)}.[DisabledIndex] "
        "([TableSchema], [TableName], [IndexName], [DisabledDT]) "
        "VALUES (%(schema)s, %(name)s, %(index)s, SYSUTCDATETIME())"
    )


def remembered_indexes(log_schema: str) -> str:
    """Select the remembered indexes of a table. Parameters: schema, name."""
    return (
        f"SELECT [IndexName] AS name FROM {quote(log_schema)}.[DisabledIndex] "
        "WHERE [TableSchema] = %(schema)s AND [TableName] = %(name)s ORDER BY [IndexName]"
    )
