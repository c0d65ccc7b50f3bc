"""The tables that DataSync creates in SQL Server, from version 2016 on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from data_sync.errors import SchemaMismatch
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, TableName, Target
from data_sync.warehouse.mssql.staging_sql import names, qualified, quote, text

if TYPE_CHECKING:
    import pyarrow as pa

_TABLES = {
    "DataUpdate": """\
  [Id] bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
  [TableName] nvarchar(128) NOT NULL,
  [SourceSystem] nvarchar(128) NOT NULL,
  [UpdateType] nvarchar(16) NOT NULL,
  [StartDT] datetime2(6) NOT NULL,
  [EndDT] datetime2(6) NULL,
  [WasSuccessful] bit NULL,
  [NumberRecords] bigint NOT NULL,
  [OperationId] varchar(32) NOT NULL,
  [ReferenceDT] datetime2(6) NOT NULL,
  [MinimumDT] datetime2(6) NULL,
  [MaximumDT] datetime2(6) NULL,
  [SourceReadDT] datetime2(6) NULL,
  [AdvancesWatermark] bit NOT NULL,
  [DagId] nvarchar(250) NOT NULL,
  [RunId] nvarchar(250) NOT NULL,
  [RunType] nvarchar(32) NOT NULL,
  [TryNumber] int NOT NULL,
  [RowsFetched] bigint NULL,
  [RowsStaged] bigint NULL,
  [RowsInserted] bigint NULL,
  [RowsUpdated] bigint NULL,
  [RowsUnchanged] bigint NULL,
  [RowsDeleted] bigint NULL,
  [RequestedBy] nvarchar(250) NULL,
  [Reason] nvarchar(1000) NULL,
  [Error] nvarchar(4000) NULL""",
    "LoadedBatch": """\
  [StagingTable] nvarchar(300) NOT NULL PRIMARY KEY,
  [LoadedDT] datetime2(6) NOT NULL,
  [Staged] bigint NOT NULL,
  [Inserted] bigint NOT NULL,
  [Updated] bigint NOT NULL,
  [Unchanged] bigint NOT NULL,
  [Deleted] bigint NOT NULL""",
    "TableLoad": """\
  [TableSchema] nvarchar(128) NOT NULL,
  [TableName] nvarchar(128) NOT NULL,
  [OperationId] nvarchar(64) NOT NULL,
  [StartedDT] datetime2(6) NOT NULL,
  PRIMARY KEY ([TableSchema], [TableName])""",
    "DisabledIndex": """\
  [TableSchema] nvarchar(128) NOT NULL,
  [TableName] nvarchar(128) NOT NULL,
  [IndexName] nvarchar(128) NOT NULL,
  [Definition] nvarchar(max) NULL,
  [DisabledDT] datetime2(6) NOT NULL,
  PRIMARY KEY ([TableSchema], [TableName], [IndexName])""",
}

_INDEXES = {
    "IX_DataUpdate_Table": "([TableName], [UpdateType], [ReferenceDT])",
    "IX_DataUpdate_Running": "([TableName]) WHERE [NumberRecords] = -2",
    "IX_DataUpdate_Operation": "([OperationId])",
    "IX_DataUpdate_Latest": (
        "([TableName], [UpdateType], [WasSuccessful], [AdvancesWatermark], [ReferenceDT], [Id], "
        "[SourceReadDT])"
    ),
    "IX_DataUpdate_History": "([TableName], [Id])",
}

_LAST = """\
SELECT [TableName], [SourceSystem], [UpdateType],
  MAX([ReferenceDT]) AS [ReferenceDT], MAX([SourceReadDT]) AS [SourceReadDT],
  MAX([StartDT]) AS [StartDT], MAX([EndDT]) AS [EndDT]
FROM {log}.[DataUpdate]
WHERE [WasSuccessful] = 1 AND [AdvancesWatermark] = 1
GROUP BY [TableName], [SourceSystem], [UpdateType]"""

LOG_TABLES = tuple(_TABLES)
"""The package's own tables."""

LOG_INDEXES = tuple(_INDEXES)
"""The indexes on DataUpdate."""

LOG_VIEW = "LastDataUpdates"
"""The view on DataUpdate."""

LOG_OBJECTS = frozenset({*_TABLES, LOG_VIEW})
"""The names of the tables and the view."""


def create_schema(schema: str) -> str:
    """Create a schema."""
    return f"CREATE SCHEMA {quote(schema)}"


def create_log_table(schema: str, name: str) -> str:
    """Create one of the log's tables."""
    return f"CREATE TABLE {qualified(TableName(schema, name))} (\n{_TABLES[name]}\n)"


def create_log_index(schema: str, name: str) -> str:
    """Create one of the indexes on DataUpdate."""
    return f"CREATE INDEX {quote(name)} ON {quote(schema)}.[DataUpdate] {_INDEXES[name]}"


def create_log_view(schema: str) -> str:
    """Create the view LastDataUpdates."""
    q = quote(schema)
    return f"CREATE VIEW {q}.{quote(LOG_VIEW)} AS\n{_LAST.format(log=q)}"


def create_target(target: Target, schema: pa.Schema) -> str:
    """Create the target from a fetch's schema, with its keys as the primary key.

    :raises SchemaMismatch: a key is not fetched or too long to index, or a column has a type without a
        counterpart
    """
    for key in target.keys:
        if key not in schema.names:
            raise SchemaMismatch(
                f"{target.table}: the key column {key!r} is not fetched; add it to the fetch or mend keys"
            )
    lines = [
        f"{quote(field.name)} {column_type(field, is_key=field.name in target.keys)} "
        + ("NOT NULL" if field.name in target.keys else "NULL")
        for field in schema
        if field.name != ROW_NUMBER_COLUMN
    ]
    lines.append(f"PRIMARY KEY ({names(target.keys)})")
    table = qualified(target.table)
    body = ",\n  ".join(lines)
    return f"IF OBJECT_ID({text(table)}) IS NULL\nCREATE TABLE {table} (\n  {body}\n)"


_LONGEST_TEXT = 4000
_LONGEST_KEY = 450
"""An index key of SQL Server 2016 holds 900 bytes when it is clustered: 450 characters of nvarchar."""


def _text_type(field: pa.Field, *, is_key: bool) -> str:
    length = int((field.metadata or {}).get(b"max_length", 0))
    if is_key and not 0 < length <= _LONGEST_KEY:
        if length:
            raise SchemaMismatch(
                f"key column {field.name!r} is up to {length:,} characters long; an index holds "
                f"{_LONGEST_KEY}: create the table yourself, or choose other keys"
            )
        length = _LONGEST_KEY
    return f"nvarchar({length})" if 0 < length <= _LONGEST_TEXT else "nvarchar(max)"


def column_type(field: pa.Field, *, is_key: bool) -> str:
    """Return the SQL Server type for an Arrow field.

    :param is_key: whether it is part of the primary key
    :raises SchemaMismatch: there is none
    """
    import pyarrow as pa

    kind = field.type
    if pa.types.is_decimal(kind) and kind.precision <= 38:
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return _text_type(field, is_key=is_key)
    if pa.types.is_fixed_size_binary(kind):
        return f"binary({kind.byte_width})"
    tests: Sequence[tuple[bool, str]] = (
        (pa.types.is_timestamp(kind), "datetime2(6)"),
        (pa.types.is_date(kind), "date"),
        (pa.types.is_time(kind), "time(6)"),
        (pa.types.is_boolean(kind), "bit"),
        (str(kind).endswith("binary"), "varbinary(900)" if is_key else "varbinary(max)"),
        (pa.types.is_floating(kind), "real" if kind == pa.float32() else "float"),
        (pa.types.is_integer(kind), _INTEGERS.get(str(kind), "bigint")),
    )
    for matches, name in tests:
        if matches:
            return name
    raise SchemaMismatch(
        f"column {field.name!r} is fetched as {kind}, for which there is no column type; "
        "convert it in the fetch"
    )


_INTEGERS: Mapping[str, str] = {
    "int8": "smallint",
    "uint8": "tinyint",
    "int16": "smallint",
    "uint16": "int",
    "int32": "int",
    "uint64": "decimal(20,0)",
}
