"""The tables that DataSync creates in a PostgreSQL warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from data_sync.errors import SchemaMismatch
from data_sync.warehouse.bookkeeping_sql import quote
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Target
from data_sync.warehouse.postgres.staging_sql import names, qualified

if TYPE_CHECKING:
    import pyarrow as pa

_TABLES = {
    "DataUpdate": """\
  "Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "TableName" varchar(128) NOT NULL,
  "SourceSystem" varchar(128) NOT NULL,
  "UpdateType" varchar(16) NOT NULL,
  "StartDT" timestamptz NOT NULL,
  "EndDT" timestamptz,
  "WasSuccessful" boolean,
  "NumberRecords" bigint NOT NULL,
  "OperationId" varchar(32) NOT NULL,
  "ReferenceDT" timestamptz NOT NULL,
  "MinimumDT" timestamptz,
  "MaximumDT" timestamptz,
  "SourceReadDT" timestamptz,
  "AdvancesWatermark" boolean NOT NULL,
  "DagId" varchar(250) NOT NULL,
  "RunId" varchar(250) NOT NULL,
  "RunType" varchar(32) NOT NULL,
  "TryNumber" integer NOT NULL,
  "RowsFetched" bigint,
  "RowsStaged" bigint,
  "RowsInserted" bigint,
  "RowsUpdated" bigint,
  "RowsUnchanged" bigint,
  "RowsDeleted" bigint,
  "RequestedBy" varchar(250),
  "Reason" varchar(1000),
  "Error" varchar(4000)""",
    "LoadedBatch": """\
  "OperationId" varchar(32) NOT NULL,
  "Reading" bigint NOT NULL,
  "Batch" integer NOT NULL,
  "TableSchema" varchar(128) NOT NULL,
  "TableName" varchar(128) NOT NULL,
  "LoadedDT" timestamptz NOT NULL,
  "Staged" bigint NOT NULL,
  "Inserted" bigint NOT NULL,
  "Updated" bigint NOT NULL,
  "Unchanged" bigint NOT NULL,
  "Deleted" bigint NOT NULL,
  PRIMARY KEY ("OperationId", "TableSchema", "TableName", "Reading", "Batch")""",
    "Baseline": """\
  "TableSchema" varchar(128) NOT NULL,
  "TableName" varchar(128) NOT NULL,
  "Identity" varchar(128),
  "HeldRows" boolean NOT NULL,
  "Definition" text,
  "IsComplete" boolean NOT NULL,
  "LastReading" bigint NOT NULL,
  "Reading" bigint NOT NULL,
  "FullReading" bigint NOT NULL,
  "ReadFromDT" timestamptz,
  "OperationId" varchar(32),
  "LoadingOperation" varchar(64),
  "ChangedDT" timestamptz NOT NULL,
  PRIMARY KEY ("TableSchema", "TableName")""",
    "DisabledIndex": """\
  "TableSchema" varchar(128) NOT NULL,
  "TableName" varchar(128) NOT NULL,
  "IndexName" varchar(128) NOT NULL,
  "Definition" text,
  "DisabledDT" timestamptz NOT NULL,
  PRIMARY KEY ("TableSchema", "TableName", "IndexName")""",
}

_BY_TABLE = '("TableName", "UpdateType", "ReferenceDT")'
_RUNNING = '("TableName") WHERE "NumberRecords" = -2'
_LATEST = (
    '("TableName", "UpdateType", "WasSuccessful", "AdvancesWatermark", "ReferenceDT", "Id", "SourceReadDT")'
)
_LAST = """\
SELECT "TableName", "SourceSystem", "UpdateType",
  MAX("ReferenceDT") AS "ReferenceDT", MAX("SourceReadDT") AS "SourceReadDT",
  MAX("StartDT") AS "StartDT", MAX("EndDT") AS "EndDT"
FROM {log}."DataUpdate"
WHERE "WasSuccessful" AND "AdvancesWatermark"
GROUP BY 1, 2, 3"""

LOG_OBJECTS = (
    "DataUpdate", "LoadedBatch", "Baseline", "DisabledIndex", "LastDataUpdates", "IX_DataUpdate_Latest",
    "IX_DataUpdate_History",
)  # fmt: skip


def create_log(schema: str) -> list[str]:
    """Return the statements that create the log's tables, indexes and view where they are missing."""
    q = quote(schema)
    statements = [
        f"CREATE TABLE IF NOT EXISTS {q}.{quote(name)} (\n{body}\n)" for name, body in _TABLES.items()
    ]
    statements += [
        f'CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Table" ON {q}."DataUpdate"\n{_BY_TABLE}',
        f'CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Running" ON {q}."DataUpdate"\n{_RUNNING}',
        f'CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Operation" ON {q}."DataUpdate" ("OperationId")',
        f'CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Latest" ON {q}."DataUpdate"\n{_LATEST}',
        f'CREATE INDEX IF NOT EXISTS "IX_DataUpdate_History" ON {q}."DataUpdate" ("TableName", "Id")',
        f'CREATE OR REPLACE VIEW {q}."LastDataUpdates" AS\n{_LAST.format(log=q)}',
    ]
    return statements


def create_schema(schema: str) -> str:
    """Create a schema where it is missing."""
    return f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}"


def create_target(target: Target, schema: pa.Schema) -> str:
    """Create the target from a fetch's schema, with its keys as the primary key.

    :raises SchemaMismatch: a key is not fetched, or a column has a type without a counterpart
    """
    for key in target.keys:
        if key not in schema.names:
            raise SchemaMismatch(
                f"{target.table}: the key column {key!r} is not fetched; add it to the fetch or mend keys"
            )
    lines = [
        f"{quote(field.name)} {column_type(field)}" + (" NOT NULL" if field.name in target.keys else "")
        for field in schema
        if field.name != ROW_NUMBER_COLUMN
    ]
    lines.append(f"PRIMARY KEY ({names(target.keys)})")
    return f"CREATE TABLE IF NOT EXISTS {qualified(target.table)} (\n  " + ",\n  ".join(lines) + "\n)"


def column_type(field: pa.Field) -> str:
    """Return the PostgreSQL type for an Arrow field.

    :raises SchemaMismatch: there is none
    """
    import pyarrow as pa

    kind = field.type
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision},{kind.scale})"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        length = (field.metadata or {}).get(b"max_length")
        return f"varchar({int(length)})" if length else "text"
    tests: Sequence[tuple[bool, str]] = (
        (pa.types.is_timestamp(kind), "timestamptz"),
        (pa.types.is_date(kind), "date"),
        (pa.types.is_time(kind), "time"),
        (pa.types.is_boolean(kind), "boolean"),
        (str(kind).endswith("binary") or pa.types.is_fixed_size_binary(kind), "bytea"),
        (pa.types.is_floating(kind), "real" if kind == pa.float32() else "double precision"),
        (pa.types.is_integer(kind), _INTEGERS.get(str(kind), "bigint")),
        (pa.types.is_null(kind), "text"),
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
    "uint8": "smallint",
    "int16": "smallint",
    "uint16": "integer",
    "int32": "integer",
    "uint64": "numeric(20,0)",
}
