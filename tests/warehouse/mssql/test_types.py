"""How SQL Server's columns are described, copied and compared."""

from __future__ import annotations

import pyarrow as pa
import pytest

from data_sync.errors import SchemaMismatch
from data_sync.warehouse.mssql.ddl import column_type
from data_sync.warehouse.mssql.types import comparable, copied_type, describe_column, is_coded, survives

LATIN = "SQL_Latin1_General_CP1_CI_AS"


def column(type_name, **changes):
    row = {
        "name": "C", "type_name": type_name, "max_length": 8, "precision": 0, "scale": 0, "collation": None,
        "nullable": 1, "is_identity": 0, "is_computed": 0, "has_default": 0,
    }  # fmt: skip
    return describe_column(row | changes)


def decimal(precision, scale):
    return {"precision": precision, "scale": scale}


def text(size):
    return {"max_length": size, "collation": LATIN}


@pytest.mark.parametrize(
    ("type_name", "changes", "sql_type", "arrow_type"),
    [
        ("bit", {}, "bit", pa.bool_()),
        ("tinyint", {}, "tinyint", pa.uint8()),
        ("smallint", {}, "smallint", pa.int16()),
        ("int", {}, "int", pa.int32()),
        ("bigint", {}, "bigint", pa.int64()),
        ("decimal", decimal(15, 4), "decimal(15,4)", pa.decimal128(15, 4)),
        ("numeric", decimal(38, 0), "numeric(38,0)", pa.decimal128(38, 0)),
        ("money", {}, "money", pa.decimal128(19, 4)),
        ("real", {}, "real", pa.float32()),
        ("float", {}, "float", pa.float64()),
        ("date", {}, "date", pa.date32()),
        ("time", {"scale": 3}, "time(3)", pa.time64("us")),
        ("datetime", {}, "datetime", pa.timestamp("us")),
        ("datetime2", {"scale": 7}, "datetime2(7)", pa.timestamp("us")),
        ("datetimeoffset", {"scale": 0}, "datetimeoffset(0)", pa.timestamp("us")),
        ("nvarchar", text(80), "nvarchar(40)", pa.string()),
        ("nvarchar", text(-1), "nvarchar(max)", pa.string()),
        ("varchar", text(80), "varchar(80)", pa.string()),
        ("nchar", text(20), "nchar(10)", pa.string()),
        ("varbinary", {"max_length": 16}, "varbinary(16)", pa.binary()),
        ("uniqueidentifier", {"max_length": 16}, "uniqueidentifier", pa.binary(16)),
        ("xml", {"max_length": -1}, "xml", pa.null()),
        ("geography", {"max_length": -1}, "geography", pa.null()),
        ("text", {"max_length": 16}, "text", pa.null()),
    ],
)
def test_a_column_is_described(type_name, changes, sql_type, arrow_type):
    found = column(type_name, **changes)
    assert (found.sql_type, found.arrow_type) == (sql_type, arrow_type)


@pytest.mark.parametrize(
    ("type_name", "changes", "length", "unit"),
    [
        ("nvarchar", text(80), 40, "utf16"),
        ("nvarchar", text(-1), None, "utf16"),
        ("varchar", text(80), 80, "characters"),
        ("varchar", {"max_length": 80, "collation": "Latin1_General_100_CI_AS_SC_UTF8"}, 80, "bytes"),
        ("binary", {"max_length": 16}, 16, "bytes"),
        ("int", {}, None, "characters"),
    ],
)
def test_lengths_are_counted_as_the_server_does(type_name, changes, length, unit):
    found = column(type_name, **changes)
    assert (found.max_length, found.length_unit) == (length, unit)


@pytest.mark.parametrize(
    ("type_name", "changes"), [("int", {"is_identity": 1}), ("int", {"is_computed": 1}), ("timestamp", {})]
)
def test_columns_that_the_server_fills_are_left_alone(type_name, changes):
    assert not column(type_name, **changes).writable
    assert column("int").writable


@pytest.mark.parametrize(
    ("type_name", "changes", "copied"),
    [
        ("datetime", {}, "datetime2(6)"),
        ("smalldatetime", {}, "datetime2(6)"),
        ("datetime2", {"scale": 0}, "datetime2(6)"),
        ("datetime2", {"scale": 7}, "datetime2(6)"),
        ("datetimeoffset", {"scale": 7}, "datetime2(6)"),
        ("time", {"scale": 0}, "time(6)"),
        ("money", {}, "decimal(38,4)"),
        ("varchar", text(30), "nvarchar(30)"),
        ("varchar", text(8000), "nvarchar(max)"),
        ("char", text(4), "nvarchar(4)"),
        ("varchar", text(-1), "nvarchar(max)"),
        ("nvarchar", text(60), "nvarchar(30)"),
        ("decimal", decimal(9, 2), "decimal(38,2)"),
    ],
)
def test_a_copy_takes_every_value_as_sent(type_name, changes, copied):
    assert copied_type(column(type_name, **changes)) == copied


def test_text_is_compared_byte_by_byte():
    assert comparable("t", column("nvarchar", **text(80)), "[C]") == ["CONVERT(varbinary(8000), t.[C])"]
    assert comparable("t", column("nvarchar", **text(-1)), "[C]") == ["CONVERT(varbinary(max), t.[C])"]
    assert comparable("t", column("varbinary"), "[C]") == ["t.[C]", "DATALENGTH(t.[C])"]
    assert comparable("t", column("int"), "[C]") == ["t.[C]"]


def test_only_text_of_a_code_page_can_lose_characters():
    assert is_coded(column("varchar", **text(80)))
    assert not is_coded(column("nvarchar", **text(80)))
    assert survives(column("char", **text(4)), "[C]") == (
        "CAST(CAST([C] AS varchar(4)) AS nvarchar(4)) = [C] COLLATE Latin1_General_100_BIN2"
    )
    assert "varchar(max)" in survives(column("varchar", **text(-1)), "[C]")


def test_a_text_key_gets_a_length_that_an_index_can_hold():
    assert column_type(pa.field("Code", pa.string()), is_key=True) == "nvarchar(450)"
    with pytest.raises(SchemaMismatch, match="'Code' is up to 500 characters long"):
        column_type(pa.field("Code", pa.string(), metadata={"max_length": "500"}), is_key=True)


def test_a_text_too_long_for_a_column_gets_an_unlimited_one():
    long = pa.field("Note", pa.string(), metadata={"max_length": "5000"})
    assert column_type(long, is_key=False) == "nvarchar(max)"


def test_a_wide_decimal_has_no_counterpart():
    with pytest.raises(SchemaMismatch, match=r"'D'.*decimal256"):
        column_type(pa.field("D", pa.decimal256(50, 2)), is_key=False)
