"""Which values arrive unchanged, and which tables are made for them."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timezone
from decimal import Decimal

import pyarrow as pa
import pytest

from data_sync.errors import SchemaMismatch
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, TableName, Target

UTC = timezone.utc
VALUES = [
    ("smallint", [-32768, 32767, None], pa.int16()),
    ("int", [-(2**31), 2**31 - 1, None], pa.int64()),
    ("bigint", [-(2**63), 2**63 - 1, None], pa.int64()),
    ("bigint", [-1, 2**53, None], pa.float64()),
    ("bigint", [-1, 12, None], pa.decimal128(20, 2)),
    ("decimal", [Decimal("-99999999999.9999"), Decimal("0.0001"), None], pa.decimal128(15, 4)),
    ("decimal", [Decimal("-1.5000"), Decimal("12345678901.1200"), None], pa.decimal128(38, 6)),
    ("decimal", [-5, 5, None], pa.int32()),
    ("float", [-1.5e300, 0.1, None], pa.float64()),
    ("bool", [True, False, None], pa.bool_()),
    ("date", [date(1, 1, 1), date(9999, 12, 31), None], pa.date32()),
    ("time", [time(0, 0), time(23, 59, 59, 999999), None], pa.time64("us")),
    (
        "stamp",
        [datetime(1900, 1, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC), None],
        pa.timestamp("us", "UTC"),
    ),
    (
        "naive stamp",
        [datetime(1753, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)],
        pa.timestamp("us"),
    ),
    ("text10", ["ÅÄÖ åäö ß", "0123456789", "", None], pa.string()),
    ("text10", [" left", "right  ", "\t\n", None], pa.large_string()),
    ("text10", ["12", "-7", None], pa.string()),
    ("text", ["x" * 100_000, "日本語 🎉", None], pa.string()),
    ("binary", [b"", b"\x00\xff" * 1000, None], pa.binary()),
]


@pytest.mark.parametrize(("kind", "values", "arrow_type"), VALUES)
def test_values_arrive_unchanged(lab, kind, values, arrow_type):
    target = lab.table({"Id": "bigint", "Value": kind})
    naive = [v.replace(tzinfo=None) if arrow_type == pa.timestamp("us") and v else v for v in values]
    column = pa.array(naive, arrow_type)
    numbers = range(len(values))
    batch = pa.table({"Id": numbers, "Value": column, ROW_NUMBER_COLUMN: numbers})
    lab.merge(target, lab.stage(target, batch))
    assert [row["Value"] for row in lab.rows(target)] == values


def test_identifiers_arrive_unchanged(lab):
    target = lab.table({"Id": "bigint", "Value": "uuid"})
    value = uuid.UUID("12345678-90ab-cdef-1234-567890abcdef")
    batch = pa.table({"Id": [1, 2], "Value": [str(value), None], ROW_NUMBER_COLUMN: [0, 1]})
    lab.merge(target, lab.stage(target, batch))
    found = [row["Value"] for row in lab.rows(target)]
    assert [None if v is None else uuid.UUID(str(v)) for v in found] == [value, None]


def test_columns_are_described_in_order(lab):
    target = lab.table({"Id": "bigint", "Name": "text10", "Need": "int!", "Serial": "identity",
                        "Twice": "doubled id", "Seven": "defaulted", "Long": "text"})  # fmt: skip
    columns = {column.name: column for column in lab.warehouse.columns(target.table)}
    assert list(columns) == ["Id", "Name", "Need", "Serial", "Twice", "Seven", "Long"]
    assert [name for name, column in columns.items() if not column.writable] == ["Serial", "Twice"]
    assert [name for name, column in columns.items() if column.nullable] == ["Name", "Twice", "Long"]
    assert columns["Seven"].has_default
    assert not columns["Need"].has_default
    assert (columns["Name"].max_length, columns["Long"].max_length) == (10, None)
    assert columns["Id"].arrow_type == pa.int64()


def test_a_missing_table_has_no_columns(lab):
    assert lab.warehouse.columns(TableName(lab.options.target_schema, "Nowhere")) == []
    assert lab.warehouse.columns(TableName("no_such_schema", "Nowhere")) == []


FETCHED = pa.schema(
    [
        pa.field("Id", pa.int64()),
        pa.field("Code", pa.string(), metadata={"max_length": "12"}),
        pa.field("Free", pa.large_string()),
        pa.field("Amount", pa.decimal128(15, 2)),
        pa.field("Ratio", pa.float64()),
        pa.field("Flag", pa.bool_()),
        pa.field("Day", pa.date32()),
        pa.field("At", pa.timestamp("us", "UTC")),
        pa.field("Naive", pa.timestamp("ms")),
        pa.field("Small", pa.int16()),
        pa.field("Raw", pa.binary()),
        pa.field("Nothing", pa.null()),
        pa.field(ROW_NUMBER_COLUMN, pa.int64()),
    ]
)


def test_a_target_is_created_from_a_fetch(lab):
    target = Target(TableName(lab.options.target_schema, "Created"), ("Id", "Code"), "At")
    lab.warehouse.create_table(target, FETCHED)
    columns = {column.name: column for column in lab.warehouse.columns(target.table)}
    assert list(columns) == FETCHED.names[:-1]
    assert [name for name, column in columns.items() if not column.nullable] == ["Id", "Code"]
    assert columns["Code"].max_length == 12
    assert columns["Free"].max_length is None
    assert columns["Amount"].arrow_type == pa.decimal128(15, 2)
    row = {
        "Id": 1, "Code": "a", "Free": "x", "Amount": Decimal("1.25"), "Ratio": 0.5, "Flag": True,
        "Day": date(2026, 1, 1), "At": datetime(2026, 1, 1, tzinfo=UTC), "Naive": datetime(2026, 1, 1),
        "Small": 3, "Raw": b"x", "Nothing": None, ROW_NUMBER_COLUMN: 0,
    }  # fmt: skip
    lab.merge(target, lab.stage(target, pa.Table.from_pylist([row, row], FETCHED)))
    del row[ROW_NUMBER_COLUMN]
    assert lab.rows(target) == [row | {"Naive": datetime(2026, 1, 1, tzinfo=UTC)}]


def test_creating_a_table_that_exists_changes_nothing(lab, parts):
    before = lab.warehouse.columns(parts.target.table)
    lab.warehouse.create_table(parts.target, FETCHED)
    assert lab.warehouse.columns(parts.target.table) == before


def test_a_table_without_its_key_is_not_created(lab):
    target = Target(TableName(lab.options.target_schema, "Keyless"), ("Id", "Missing"))
    with pytest.raises(SchemaMismatch, match="'Missing'"):
        lab.warehouse.create_table(target, FETCHED)
    assert lab.warehouse.columns(target.table) == []


def test_a_type_without_a_counterpart_is_named(lab):
    target = Target(TableName(lab.options.target_schema, "Odd"), ("Id",))
    odd = pa.schema([("Id", pa.int64()), ("Tags", pa.list_(pa.string()))])
    with pytest.raises(SchemaMismatch, match=r"'Tags'.*list"):
        lab.warehouse.create_table(target, odd)
