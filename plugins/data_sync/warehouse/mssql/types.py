"""How SQL Server's column types map to Arrow's, and how their values are copied and compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from data_sync.warehouse.interface import Column

_SIMPLE: Mapping[str, pa.DataType] = {
    "bit": pa.bool_(),
    "tinyint": pa.uint8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "float": pa.float64(),
    "money": pa.decimal128(19, 4),
    "smallmoney": pa.decimal128(10, 4),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "datetime": pa.timestamp("us"),
    "smalldatetime": pa.timestamp("us"),
    "datetime2": pa.timestamp("us"),
    "datetimeoffset": pa.timestamp("us"),
    "char": pa.string(),
    "varchar": pa.string(),
    "nchar": pa.string(),
    "nvarchar": pa.string(),
    "sysname": pa.string(),
    "binary": pa.binary(),
    "varbinary": pa.binary(),
    "uniqueidentifier": pa.binary(16),
}

_COPIED_AS: Mapping[str, str] = {
    # A bulk copy cuts off what a column's fraction cannot hold, and into datetime it can land one tick
    # low; the server itself rounds to the nearest.
    "datetime": "datetime2(6)",
    "smalldatetime": "datetime2(6)",
    "datetime2": "datetime2(6)",
    "time": "time(6)",
    # Naive UTC in, offset +00:00 out.
    "datetimeoffset": "datetime2(6)",
    "money": "decimal(38,4)",
    "smallmoney": "decimal(38,4)",
}

_FRACTIONAL = ("time", "datetime2", "datetimeoffset")
_TEXT = ("char", "varchar", "nchar", "nvarchar")
_BINARY = ("binary", "varbinary")
_WIDE = ("nchar", "nvarchar")
_CODED = ("char", "varchar")
_LONGEST_UNICODE = 4000
_EXACT = "Latin1_General_100_BIN2"
"""A collation that tells any two texts apart but for trailing blanks."""
_UNLIMITED = -1
"""What the catalog shows as the length of a (max) column."""


def describe_column(row: Mapping[str, Any]) -> Column:
    """Return the column that a row of the catalog query describes.

    An alias type is described by its base type. Where there is no Arrow counterpart, or none that SQL
    Server can compare (xml, geography, text, sql_variant …), the Arrow type is null, which
    :func:`~data_sync.warehouse.conform.check_schema` reports when the source fetches such a column.
    """
    kind = row["type_name"]
    return Column(
        name=row["name"],
        sql_type=_sql_type(row),
        arrow_type=_arrow_type(row),
        nullable=bool(row["nullable"]),
        max_length=_max_length(row),
        length_unit=_length_unit(kind, row["collation"]),
        writable=not (row["is_identity"] or row["is_computed"] or kind in ("timestamp", "rowversion")),
        has_default=bool(row["has_default"]),
        collation=row["collation"],
    )


def _length_unit(kind: str, collation: str | None) -> Any:
    if kind in _WIDE:
        return "utf16"
    if kind in _BINARY or (collation or "").upper().endswith("_UTF8"):
        return "bytes"
    return "characters"


def _max_length(row: Mapping[str, Any]) -> int | None:
    kind, size = row["type_name"], int(row["max_length"])
    if kind not in _TEXT + _BINARY or size == _UNLIMITED:
        return None
    return size // 2 if kind in _WIDE else size


def _sql_type(row: Mapping[str, Any]) -> str:
    kind = str(row["type_name"])
    if kind in _TEXT + _BINARY:
        return f"{kind}({_max_length(row) or 'max'})"
    if kind in ("decimal", "numeric"):
        return f"{kind}({row['precision']},{row['scale']})"
    if kind in _FRACTIONAL:
        return f"{kind}({row['scale']})"
    return kind


def _arrow_type(row: Mapping[str, Any]) -> pa.DataType:
    if row["type_name"] in ("decimal", "numeric"):
        return pa.decimal128(int(row["precision"]), int(row["scale"]))
    return _SIMPLE.get(row["type_name"], pa.null())


def copied_type(column: Column) -> str:
    """Return the type of a column in the table that a bulk copy fills.

    Text for a code page is copied as Unicode: the driver would write ``&#8364;`` for a euro sign that
    the code page lacks, where the server's own conversion can be checked (:func:`survives`). Decimals
    have the greatest precision, and so one length on the wire: by precision they have four, and not
    every server that speaks TDS reads the shorter ones of a bulk copy right.
    """
    kind, _, size = column.sql_type.partition("(")
    if kind in _CODED:
        return _unicode(column)
    if kind in ("decimal", "numeric"):
        return f"{kind}(38,{size.rstrip(')').partition(',')[2] or 0})"
    return _COPIED_AS.get(kind, column.sql_type)


def _unicode(column: Column) -> str:
    size = column.max_length
    return f"nvarchar({size})" if size is not None and size <= _LONGEST_UNICODE else "nvarchar(max)"


def is_coded(column: Column) -> bool:
    """Return whether a column holds text of a code page, which may lack a character."""
    return column.sql_type.partition("(")[0] in _CODED


def is_text(column: Column) -> bool:
    """Return whether a column holds text."""
    return column.sql_type.partition("(")[0] in _TEXT


def is_unbounded(column: Column) -> bool:
    """Return whether a column is of a (max) type, which no index takes as a key."""
    return column.sql_type.endswith("(max)")


def survives(column: Column, name: str) -> str:
    """Return the condition that a copied text comes back from the column's code page as it was.

    :param name: the column's quoted name in the copy
    """
    size = column.max_length or "max"
    there = f"CAST({name} AS varchar({size}))"
    return f"CAST({there} AS {_unicode(column)}) = {name} COLLATE {_EXACT}"


def comparable(alias: str, column: Column, name: str) -> list[str]:
    """Return the expressions that together tell any two different values of a column apart.

    Text is compared byte by byte: its collation may take 'bolt' for 'Bolt', and every collation takes
    'bolt' for 'bolt ', so that the change would never arrive. Binary values are equal to SQL Server
    when they differ in trailing zeros only, so their lengths are compared too.

    :param name: the column's quoted name
    """
    kind = column.sql_type.partition("(")[0]
    if kind in _TEXT:
        size = "max" if column.max_length is None else "8000"
        return [f"CONVERT(varbinary({size}), {alias}.{name})"]
    if kind in _BINARY:
        return [f"{alias}.{name}", f"DATALENGTH({alias}.{name})"]
    return [f"{alias}.{name}"]
