"""How PostgreSQL's column types map to Arrow's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from data_sync.warehouse.interface import Column

_HEADER = 4
"""What PostgreSQL adds to a length or precision in a column's type modifier."""

_SIMPLE: Mapping[str, pa.DataType] = {
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "varchar": pa.string(),
    "bpchar": pa.string(),
    "citext": pa.string(),
    "json": pa.string(),
    "xml": pa.string(),
    "bytea": pa.binary(),
    "uuid": pa.binary(16),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}

_WITHOUT_EQUALITY = ("json", "xml", "citext")
"""Types whose values are compared as text: they have no equality, or one that overlooks case."""


def describe_column(row: Mapping[str, Any]) -> Column:
    """Return the column that a row of the catalog query describes.

    A domain is described by its base type. Where there is no Arrow counterpart the Arrow type is null,
    which :func:`check_schema` reports when the source fetches such a column.
    """
    name, modifier = row["type_name"], row["modifier"]
    simple = pa.string() if row["is_enum"] else _SIMPLE.get(name, pa.null())
    return Column(
        name=row["name"],
        sql_type=row["sql_type"],
        arrow_type=_numeric(modifier) if name == "numeric" else simple,
        nullable=row["nullable"],
        max_length=modifier - _HEADER if name in ("varchar", "bpchar") and modifier > 0 else None,
        writable=not row["generated"] and row["identity"] != "a",
        has_default=row["has_default"],
        collation=row["collation"],
        has_equality=name not in _WITHOUT_EQUALITY,
    )


def _numeric(modifier: int) -> pa.DataType | None:
    """Return the decimal for numeric(p,s); None for numeric without precision, which takes any."""
    if modifier < _HEADER:
        return None
    precision, scale = (modifier - _HEADER) >> 16, (modifier - _HEADER) & 0x7FF
    return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
