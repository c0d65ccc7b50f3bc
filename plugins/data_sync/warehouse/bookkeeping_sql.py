"""The statements on the package's own tables: baselines, loaded batches, disabled indexes.

The same text for both databases. Standard SQL only: identifiers in double quotes, which SQL Server reads as
identifiers because ODBC connections set QUOTED_IDENTIFIER ON; truth values are bound, since ``bit`` has no
literals.
"""

from __future__ import annotations

COUNTS = ("Staged", "Inserted", "Updated", "Unchanged", "Deleted")
"""The columns that hold what a load did."""

_BASELINE = (
    "Identity", "HeldRows", "Definition", "IsComplete", "Reading", "FullReading", "ReadFromDT", "OperationId",
    "LoadingOperation", "ChangedDT",
)  # fmt: skip

_TABLE = '"TableSchema" = %(schema)s AND "TableName" = %(name)s'
_LOAD = f'"OperationId" = %(operation)s AND {_TABLE} AND "Reading" = %(reading)s'


def quote(identifier: str) -> str:
    """Return an identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def _own(log_schema: str, table: str) -> str:
    return f"{quote(log_schema)}.{quote(table)}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(quote(name) for name in names)


# -- baselines ----------------------------------------------------------------------------------------


def baseline(log_schema: str) -> str:
    """Select a target's baseline. Parameters: schema, name."""
    return f"SELECT {_listed(_BASELINE)} FROM {_own(log_schema, 'Baseline')} WHERE {_TABLE}"


def all_baselines(log_schema: str) -> str:
    """Select the baselines of all targets. No parameters."""
    return f'SELECT "TableSchema", "TableName", {_listed(_BASELINE)} FROM {_own(log_schema, "Baseline")}'


def add_reading(log_schema: str) -> str:
    """Count one more reading of a target. Parameters: schema, name."""
    return f'UPDATE {_own(log_schema, "Baseline")} SET "LastReading" = "LastReading" + 1 WHERE {_TABLE}'


def last_reading(log_schema: str) -> str:
    """Select the number of a target's latest reading. Parameters: schema, name."""
    return f'SELECT "LastReading" FROM {_own(log_schema, "Baseline")} WHERE {_TABLE}'


def change_baseline(log_schema: str) -> str:
    """Write a target's baseline. Parameters: schema, name and the columns' names."""
    settings = ", ".join(f"{quote(name)} = %({name})s" for name in _BASELINE)
    return f"UPDATE {_own(log_schema, 'Baseline')} SET {settings} WHERE {_TABLE}"


def add_baseline(log_schema: str) -> str:
    """Insert a target's baseline. Parameters: schema, name, LastReading and the columns' names."""
    columns = ("TableSchema", "TableName", "LastReading", *_BASELINE)
    values = ", ".join(["%(schema)s", "%(name)s", "%(LastReading)s", *(f"%({name})s" for name in _BASELINE)])
    return f"INSERT INTO {_own(log_schema, 'Baseline')} ({_listed(columns)}) VALUES ({values})"


# -- loaded batches -----------------------------------------------------------------------------------


def loaded_batch(log_schema: str) -> str:
    """Select what a batch of a load did. Parameters: operation, schema, name, reading, batch."""
    return (
        f"SELECT {_listed(COUNTS)} FROM {_own(log_schema, 'LoadedBatch')} "
        f'WHERE {_LOAD} AND "Batch" = %(batch)s'
    )


def loaded_batches(log_schema: str) -> str:
    """Select how many batches of a load are in, and what they did together.

    Parameters: operation, schema, name, reading.
    """
    sums = ", ".join(f"COALESCE(SUM({quote(name)}), 0) AS {quote(name)}" for name in COUNTS)
    return (
        f'SELECT COUNT(*) AS "Batches", {sums} FROM {_own(log_schema, "LoadedBatch")} '
        f'WHERE {_LOAD} AND "Batch" >= 0'
    )


def record_batch(log_schema: str) -> str:
    """Record that a batch is loaded.

    Parameters: operation, reading, batch, schema, name, now and the counts by their columns' names.
    """
    columns = ("OperationId", "Reading", "Batch", "TableSchema", "TableName", "LoadedDT", *COUNTS)
    values = "%(operation)s, %(reading)s, %(batch)s, %(schema)s, %(name)s, %(now)s"
    values += "".join(f", %({name})s" for name in COUNTS)
    return f"INSERT INTO {_own(log_schema, 'LoadedBatch')} ({_listed(columns)}) VALUES ({values})"


def forget_batches(log_schema: str) -> str:
    """Forget the batches of one load. Parameters: operation, schema, name, reading."""
    return f"DELETE FROM {_own(log_schema, 'LoadedBatch')} WHERE {_LOAD}"


# -- disabled indexes ---------------------------------------------------------------------------------


def forget_index(log_schema: str) -> str:
    """Forget a remembered index. Parameters: schema, name, index."""
    return f'DELETE FROM {_own(log_schema, "DisabledIndex")} WHERE {_TABLE} AND "IndexName" = %(index)s'


def remember_index(log_schema: str) -> str:
    """Remember an index about to be disabled. Parameters: schema, name, index, definition, now."""
    return (
        f"INSERT INTO {_own(log_schema, 'DisabledIndex')} "
        '("TableSchema", "TableName", "IndexName", "Definition", "DisabledDT") '
        "VALUES (%(schema)s, %(name)s, %(index)s, %(definition)s, %(now)s)"
    )


def remembered_indexes(log_schema: str) -> str:
    """Select the remembered indexes of a table. Parameters: schema, name."""
    return (
        f'SELECT "IndexName", "Definition" FROM {_own(log_schema, "DisabledIndex")} '
        f'WHERE {_TABLE} ORDER BY "IndexName"'
    )
