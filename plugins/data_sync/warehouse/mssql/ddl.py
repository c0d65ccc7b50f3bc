"""The tables that DataSync creates in SQL Server, from version 2016 on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from data_sync.errors import SchemaMismatch
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, TableName, Target
from data_sync.warehouse.migration import (
    AddColumn,
    Change,
    CreateIndex,
    CreateTable,
    DropTable,
    OwnColumn,
    ReplaceView,
)
from data_sync.warehouse.mssql.staging_sql import names, qualified, quote, text

if TYPE_CHECKING:
    import pyarrow as pa

_TYPES = {
    "identity": "bigint IDENTITY(1,1)",
    "text": "nvarchar({length})",
    "ascii": "varchar({length})",
    "long_text": "nvarchar(max)",
    "instant": "datetime2(6)",
    "flag": "bit",
    "bigint": "bigint",
    "int": "int",
}


def render(log_schema: str, change: Change) -> list[str]:
    """Return the batches of a change to the package's own tables."""
    match change:
        case CreateTable():
            return [_create_table(log_schema, change)]
        case DropTable():
            return [f"DROP TABLE IF EXISTS {_own(log_schema, change.name)}"]
        case AddColumn():
            return [_add_column(log_schema, change)]
        case CreateIndex():
            return [_create_index(log_schema, change)]
        case ReplaceView():
            view = _own(log_schema, change.name)
            query = change.query.format(schema=quote(log_schema), true="1")
            return [f"DROP VIEW IF EXISTS {view}", f"CREATE VIEW {view} AS\n{query}"]


def _own(log_schema: str, name: str) -> str:
    return qualified(TableName(log_schema, name))


def _column(column: OwnColumn) -> str:
    kind = _TYPES[column.type.kind].format(length=column.type.length)
    return f"{quote(column.name)} {kind} {'NULL' if column.nullable else 'NOT NULL'}"


def _create_table(log_schema: str, change: CreateTable) -> str:
    table = _own(log_schema, change.name)
    lines = [*map(_column, change.columns), f"PRIMARY KEY ({names(change.key)})"]
    body = ",\n  ".join(lines)
    return f"IF OBJECT_ID({text(table)}) IS NULL\nCREATE TABLE {table} (\n  {body}\n)"


def _add_column(log_schema: str, change: AddColumn) -> str:
    table = _own(log_schema, change.table)
    return (
        f"IF COL_LENGTH({text(table)}, {text(change.column.name)}) IS NULL\n"
        f"ALTER TABLE {table} ADD {_column(change.column)}"
    )


def _create_index(log_schema: str, change: CreateIndex) -> str:
    table = _own(log_schema, change.table)
    where = f" WHERE {quote(change.where[0])} = {change.where[1]}" if change.where else ""
    return (
        f"IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID({text(table)}) "
        f"AND name = {text(change.name)})\n"
        f"CREATE INDEX {quote(change.name)} ON {table} ({names(change.columns)}){where}"
    )


def create_schema(schema: str) -> str:
    """Create a schema."""
    return f"CREATE SCHEMA {quote(schema)}"


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
