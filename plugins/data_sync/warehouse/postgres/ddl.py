"""The tables that DataSync creates in a PostgreSQL warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from data_sync.errors import SchemaMismatch
from data_sync.warehouse.bookkeeping_sql import quote
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
from data_sync.warehouse.postgres.staging_sql import names, qualified

if TYPE_CHECKING:
    import pyarrow as pa

_TYPES = {
    "identity": "bigint GENERATED ALWAYS AS IDENTITY",
    "text": "varchar({length})",
    "ascii": "varchar({length})",
    "long_text": "text",
    "instant": "timestamptz",
    "flag": "boolean",
    "bigint": "bigint",
    "int": "integer",
}


def render(log_schema: str, change: Change) -> list[str]:
    """Return the statements of a change to the package's own tables."""
    match change:
        case CreateTable():
            lines = [*map(_column, change.columns), f"PRIMARY KEY ({names(change.key)})"]
            body = ",\n  ".join(lines)
            return [f"CREATE TABLE IF NOT EXISTS {_own(log_schema, change.name)} (\n  {body}\n)"]
        case DropTable():
            return [f"DROP TABLE IF EXISTS {_own(log_schema, change.name)}"]
        case AddColumn():
            table = _own(log_schema, change.table)
            return [f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {_column(change.column)}"]
        case CreateIndex():
            return [_create_index(log_schema, change)]
        case ReplaceView():
            query = change.query.format(schema=quote(log_schema), true="TRUE")
            return [f"CREATE OR REPLACE VIEW {_own(log_schema, change.name)} AS\n{query}"]


def _own(log_schema: str, name: str) -> str:
    return qualified(TableName(log_schema, name))


def _column(column: OwnColumn) -> str:
    kind = _TYPES[column.type.kind].format(length=column.type.length)
    return f"{quote(column.name)} {kind}{'' if column.nullable else ' NOT NULL'}"


def _create_index(log_schema: str, change: CreateIndex) -> str:
    where = f" WHERE {quote(change.where[0])} = {change.where[1]}" if change.where else ""
    return (
        f"CREATE INDEX IF NOT EXISTS {quote(change.name)} ON {_own(log_schema, change.table)} "
        f"({names(change.columns)}){where}"
    )


def create_schema(schema: str) -> str:
    """Create a schema. IF NOT EXISTS would need the right to, even where it exists."""
    return f"CREATE SCHEMA {quote(schema)}"


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
