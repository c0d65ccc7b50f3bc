"""Fitting fetched batches to the target's columns: pure Arrow."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
import pytest

from data_sync.errors import SchemaMismatch, ValueRejected
from data_sync.warehouse.conform import check_schema, conform
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, TableName, Target

UTC = timezone.utc


def fitted(values, source, wanted, **column):
    """Return values as a column of the wanted type holds them."""
    array = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values, source)
    table = pa.table({"Value": array, ROW_NUMBER_COLUMN: range(100, 100 + len(array))})
    reader = conform(table.to_reader(), [Column("Value", "the type", wanted, **column)])
    assert reader.schema.field("Value").type == wanted
    return reader.read_all().column("Value").to_pylist()


@pytest.mark.parametrize(
    ("values", "source", "wanted", "expected"),
    [
        ([1.0, -3.0, None], pa.float64(), pa.int64(), [1, -3, None]),
        ([Decimal("7.00")], pa.decimal128(10, 2), pa.int32(), [7]),
        ([5], pa.int64(), pa.decimal128(15, 4), [Decimal("5.0000")]),
        ([2**63 - 1], pa.int64(), pa.decimal128(38, 4), [Decimal("9223372036854775807.0000")]),
        ([Decimal("1.50")], pa.decimal128(38, 2), pa.decimal128(5, 1), [Decimal("1.5")]),
        ([12], pa.int64(), pa.string(), ["12"]),
        ([Decimal("1.50")], pa.decimal128(5, 2), pa.string(), ["1.50"]),
        ([" 12"[1:]], pa.string(), pa.int16(), [12]),
        (["1.25"], pa.string(), pa.decimal128(10, 4), [Decimal("1.2500")]),
        ([date(2026, 1, 2)], pa.date32(), pa.timestamp("us", "UTC"), [datetime(2026, 1, 2, tzinfo=UTC)]),
        ([datetime(2026, 1, 2)], pa.timestamp("s"), pa.date32(), [date(2026, 1, 2)]),
        ([datetime(2026, 1, 2)], pa.timestamp("s"), pa.timestamp("us", "UTC"),
         [datetime(2026, 1, 2, tzinfo=UTC)]),
        ([0, 1, None], pa.int64(), pa.bool_(), [False, True, None]),
        ([datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("ms", "Asia/Tokyo"), pa.timestamp("us"),
         [datetime(2026, 1, 2)]),
        ([1_000_000_999], pa.timestamp("ns"), pa.timestamp("us"), [datetime(1970, 1, 1, 0, 0, 1)]),
        ([None, None], pa.null(), pa.string(), [None, None]),
        ([], pa.string(), pa.int64(), []),
    ],
)  # fmt: skip
def test_values_are_converted_without_loss(values, source, wanted, expected):
    assert fitted(values, source, wanted) == expected


@pytest.mark.parametrize(
    ("values", "source", "wanted", "shown"),
    [
        ([None, 1.5], pa.float64(), pa.int64(), "1.5"),
        ([1.0, float("nan")], pa.float64(), pa.int64(), "nan"),
        ([0.0, float("inf")], pa.float64(), pa.decimal128(10, 2), "inf"),
        ([1, 40000], pa.int64(), pa.int16(), "40000"),
        ([Decimal("1.10"), Decimal("1.11")], pa.decimal128(5, 2), pa.decimal128(5, 1), "1.11"),
        ([1, 10**6], pa.int64(), pa.decimal128(5, 0), "1000000"),
        (["1", "1x"], pa.string(), pa.int64(), "1x"),
        ([datetime(2026, 1, 1), datetime(2026, 1, 1, 1)], pa.timestamp("s"), pa.date32(),
         "2026-01-01 01:00:00"),
        ([1, 2], pa.int64(), pa.bool_(), "2"),
    ],
)  # fmt: skip
def test_a_value_that_would_lose_something_is_named(values, source, wanted, shown):
    with pytest.raises(ValueRejected) as caught:
        fitted(values, source, wanted)
    assert f"column 'Value', row 101 of the fetch: '{shown}' is not a valid the type" in str(caught.value)
    assert "widen the target column, or convert the value in the fetch" in str(caught.value)


def test_the_first_of_many_bad_values_is_named():
    values = [1] * 1000 + [10**6] + [1] * 500 + [10**7]
    with pytest.raises(ValueRejected, match="row 1,100 of the fetch: '1000000'"):
        fitted(values, pa.int64(), pa.int16())


@pytest.mark.parametrize(
    ("text", "unit", "length"),
    [("åäö", "characters", 3), ("a🎉", "characters", 2), ("a🎉", "utf16", 3), ("日本", "utf16", 2)],
)
def test_text_is_measured_as_the_column_counts_it(text, unit, length):
    assert fitted([text], pa.string(), pa.string(), max_length=length, length_unit=unit) == [text]
    with pytest.raises(ValueRejected, match=f"has {length} .*takes {length - 1}"):
        fitted([text], pa.string(), pa.string(), max_length=length - 1, length_unit=unit)


def test_bytes_are_measured_in_bytes():
    assert fitted([b"abc"], pa.binary(), pa.binary(), max_length=3, length_unit="bytes") == [b"abc"]
    with pytest.raises(ValueRejected, match="has 4 bytes"):
        fitted([b"abcd"], pa.binary(), pa.binary(), max_length=3, length_unit="bytes")


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(ValueRejected) as caught:
        fitted(["x" * 5000], pa.string(), pa.string(), max_length=10)
    assert "'" + "x" * 60 + "…'" in str(caught.value)
    assert len(str(caught.value)) < 300


def test_columns_that_the_server_fills_are_dropped():
    table = pa.table({"Id": [1], "Serial": [2], ROW_NUMBER_COLUMN: [0]})
    columns = [Column("Serial", "bigint", pa.int64(), writable=False), Column("Id", "bigint", pa.int64())]
    assert conform(table.to_reader(), columns).read_all().column_names == ["Id", ROW_NUMBER_COLUMN]


def test_batches_are_converted_one_at_a_time():
    asked = []

    def batches():
        for number in range(3):
            asked.append(number)
            yield pa.record_batch({"Id": pa.array([number], pa.int32())})

    reader = conform(
        pa.RecordBatchReader.from_batches(pa.schema([("Id", pa.int32())]), batches()),
        [Column("Id", "bigint", pa.int64())],
    )
    assert asked == []
    reader.read_next_batch()
    assert asked == [0]


# -- check_schema ---------------------------------------------------------------------------------

TARGET = Target(TableName("dbo", "Item"), ("ItemNumber",), "Changed")
COLUMNS = [
    Column("ItemNumber", "bigint", pa.int64(), nullable=False),
    Column("Description", "varchar(30)", pa.string()),
    Column("Changed", "timestamptz", pa.timestamp("us", "UTC")),
    Column("Serial", "bigint", pa.int64(), nullable=False, writable=False, has_default=True),
    Column("Loaded", "timestamptz", pa.timestamp("us", "UTC"), nullable=False, has_default=True),
]


def problem(*names, columns=COLUMNS, target=TARGET):
    schema = pa.schema([(name, pa.string()) for name in names])
    with pytest.raises(SchemaMismatch) as caught:
        check_schema(target, schema, columns)
    return str(caught.value)


def test_a_fetch_may_leave_out_columns_that_the_server_can_fill():
    check_schema(TARGET, pa.schema([(name, pa.string()) for name in ("ItemNumber", "Changed")]), COLUMNS)


def test_the_row_number_is_no_column_of_the_source():
    names = ("ItemNumber", "Changed", ROW_NUMBER_COLUMN)
    check_schema(TARGET, pa.schema([(name, pa.string()) for name in names]), COLUMNS)


def test_a_column_missing_from_the_table_is_named_with_the_nearest_one():
    text = problem("ItemNumber", "Changed", "Descripton")
    assert "dbo.Item: the source's column 'Descripton' is missing" in text
    assert "the table has 'Description'" in text
    assert "add it to dbo.Item, or take it out of the fetch" in text


def test_a_column_that_differs_in_case_alone_is_pointed_out():
    assert "'CHANGED' is missing from the table (the table has 'Changed')" in problem("ItemNumber", "CHANGED")


def test_a_key_that_is_not_fetched_is_named():
    assert "key column 'ItemNumber' is not fetched" in problem("Changed")


def test_a_key_that_the_server_fills_is_named():
    target = Target(TARGET.table, ("Serial",))
    assert "'Serial' is filled by the server" in problem("ItemNumber", "Serial", target=target)


def test_a_stamp_that_is_not_fetched_is_named():
    assert "last_update_column 'Changed' is not fetched" in problem("ItemNumber")


def test_a_column_that_must_have_a_value_is_named():
    needed = [*COLUMNS, Column("Plant", "varchar(12)", pa.string(), nullable=False)]
    assert "'Plant' of the table takes no NULL and has no default" in problem(
        "ItemNumber", "Changed", columns=needed
    )


def test_a_column_fetched_twice_is_named():
    assert "'Changed' is fetched twice" in problem("ItemNumber", "Changed", "Changed")


def test_all_problems_are_named_at_once():
    assert problem("Colour", "Size").count(";") >= 3
