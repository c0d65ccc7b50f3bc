"""What staging a batch leaves in the warehouse."""

from __future__ import annotations

from datetime import datetime, timezone

import pyarrow as pa
import pytest

from data_sync.errors import CountMismatch, PermanentError, SchemaMismatch, ValueRejected
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, TableName, Target


def test_of_one_key_the_newest_stamp_stays(parts, lab):
    parts.sync((1, "a", "older", 1), (1, "a", "newest", 3), (1, "a", "middle", 2))
    assert parts.held() == [(1, "a", "newest", 3)]


def test_of_equal_stamps_the_row_read_last_stays(parts):
    parts.sync((1, "a", "first", 2), (1, "a", "second", 2), (1, "a", "third", 2), (1, "a", "old", 1))
    assert parts.held() == [(1, "a", "third", 2)]


def test_a_stamp_beats_no_stamp_whatever_the_order(parts):
    parts.sync((1, "a", "stamped", 1), (1, "a", "bare", None))
    assert parts.held() == [(1, "a", "stamped", 1)]


def test_without_a_stamp_column_the_row_read_last_stays(parts):
    parts.sync((1, "a", "first", 9), (1, "a", "second", 1), stamped=False)
    assert parts.held() == [(1, "a", "second", 1)]


def test_the_dedupe_returns_what_is_left(parts, lab):
    staging = lab.staging(parts.target)
    batch = parts.rows((1, "a", "x", 1), (1, "a", "y", 1), (2, "a", "z", 1))
    assert lab.warehouse.stage(parts.target, staging, batch.to_reader(), 3, dedupe=True) == 2
    assert lab.warehouse.count(staging) == 2


def test_without_dedupe_all_rows_stay(parts, lab):
    assert lab.warehouse.count(parts.stage((1, "a", "x", 1), (1, "a", "y", 1), dedupe=False)) == 2


def test_staging_leaves_one_table(parts, lab):
    staging = parts.stage((1, "a", "x", 1))
    assert lab.warehouse.staging_tables(staging.name) == [staging.name]


def test_staging_again_replaces_the_table(parts, lab):
    parts.stage((1, "a", "x", 1), (2, "a", "y", 1))
    assert lab.warehouse.count(parts.stage((3, "a", "z", 1))) == 1


def test_the_staging_table_has_the_fetched_columns_with_the_targets_types(parts, lab):
    narrow = parts.rows((1, "a", "x", 1)).drop_columns(["Quantity"])
    staged = {column.name: column for column in lab.warehouse.columns(lab.stage(parts.target, narrow))}
    types = {column.name: column.sql_type for column in lab.warehouse.columns(parts.target.table)}
    types[ROW_NUMBER_COLUMN] = lab.types["bigint"]
    del types["Quantity"]
    assert {name: column.sql_type for name, column in staged.items()} == types
    assert all(column.nullable for column in staged.values())


def test_an_empty_batch_makes_an_empty_table(parts, lab):
    assert lab.warehouse.count(parts.stage()) == 0


def test_fewer_rows_than_announced_are_an_error_and_leave_nothing(parts, lab):
    staging = lab.staging(parts.target)
    with pytest.raises(CountMismatch, match="3 rows were sent and 2 arrived"):
        lab.warehouse.stage(
            parts.target,
            staging,
            parts.rows((1, "a", "x", 1), (2, "a", "y", 1)).to_reader(),
            3,
            dedupe=True,
        )
    assert lab.warehouse.staging_tables(staging.name) == []


@pytest.mark.parametrize("dedupe", [True, False])
def test_a_null_key_is_named_with_its_row(parts, lab, dedupe):
    with pytest.raises(ValueRejected, match="'Code' is NULL in row 1 "):
        parts.stage((1, "a", "x", 1), (2, None, "y", 1), (None, "c", "z", 1), dedupe=dedupe)
    assert lab.warehouse.staging_tables(lab.staging(parts.target).name) == []


def test_a_text_that_is_too_long_is_named_with_its_row(parts, lab):
    with pytest.raises(ValueRejected, match=r"'Name', row 7 of the fetch: 'x{11}' has 11 .* takes 10"):
        parts.stage((1, "a", "ok", 1), (2, "a", "x" * 11, 1), first=6)
    assert lab.warehouse.staging_tables(lab.staging(parts.target).name) == []


def test_a_bad_value_in_a_later_batch_of_the_stream_leaves_nothing(parts, lab):
    rows = pa.concat_tables(
        [
            parts.rows(*[(n, "a", "ok", 1) for n in range(5000)]),
            parts.rows((9999, "a", "x" * 11, 1), first=5000),
        ]
    )
    with pytest.raises(ValueRejected, match="row 5,000 of the fetch"):
        lab.stage(parts.target, rows)
    assert lab.warehouse.staging_tables(lab.staging(parts.target).name) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("smallint", pa.scalar(32768)),
        ("int", pa.scalar(2**31)),
        ("int", pa.scalar(1.5)),
        ("decimal", pa.scalar(10**11)),
        ("bigint", pa.scalar("12x")),
        ("date", pa.scalar("31.12.2026")),
        ("uuid", pa.scalar("not-a-uuid")),
    ],
)
def test_a_value_out_of_range_is_named_with_its_row(lab, kind, value):
    target = lab.table({"Id": "bigint", "Value": kind})
    batch = pa.table(
        {"Id": [1, 2], "Value": pa.array([None, value.as_py()], value.type), "DataSyncRow": [40, 41]}
    )
    with pytest.raises(ValueRejected, match=r"'Value', row 41 of the fetch") as caught:
        lab.stage(target, batch)
    assert str(value.as_py()) in str(caught.value)


def test_a_missing_target_is_named(lab):
    target = Target(TableName(lab.options.target_schema, "Nowhere"), ("Id",))
    with pytest.raises(SchemaMismatch, match="Nowhere"):
        lab.stage(target, pa.table({"Id": [1], "DataSyncRow": [0]}))


def test_quotes_and_blanks_in_names_are_part_of_the_name(lab):
    target = lab.table({'We"ird': "bigint", "Två ord": "text10"}, keys=('We"ird',))
    batch = pa.table({'We"ird': [1], "Två ord": ["ö;--"], "DataSyncRow": [0]})
    lab.merge(target, lab.stage(target, batch))
    assert lab.rows(target) == [{'We"ird': 1, "Två ord": "ö;--"}]


STAMP = datetime(2026, 7, 31, 23, 59, 59, 123456, tzinfo=timezone.utc)


def test_naive_stamps_are_utc(lab):
    target = lab.table({"Id": "bigint", "At": "stamp"})
    batch = pa.table(
        {"Id": [1], "At": pa.array([STAMP.replace(tzinfo=None)], pa.timestamp("us")), "DataSyncRow": [0]}
    )
    lab.merge(target, lab.stage(target, batch))
    assert lab.rows(target) == [{"Id": 1, "At": STAMP}]


def test_stamps_of_another_zone_are_converted(lab):
    target = lab.table({"Id": "bigint", "At": "stamp", "Wall": "naive stamp"})
    stamps = pa.array([STAMP], pa.timestamp("us", "America/Denver"))
    batch = pa.table({"Id": [1], "At": stamps, "Wall": stamps, "DataSyncRow": [0]})
    lab.merge(target, lab.stage(target, batch))
    assert lab.rows(target) == [{"Id": 1, "At": STAMP, "Wall": STAMP}]


def test_trailing_blanks_of_keys_count_as_in_the_database(lab):
    """Blank-padded columns overlook them in both databases; dedupe and merge must agree with the key."""
    target = lab.table({"Code": "char10", "Name": "text10"}, keys=("Code",))
    batch = pa.table({"Code": ["a", "a  "], "Name": ["first", "last"], "DataSyncRow": [0, 1]})
    lab.merge(target, lab.stage(target, batch))
    assert [(row["Code"].rstrip(), row["Name"]) for row in lab.rows(target)] == [("a", "last")]
    again = pa.table({"Code": ["a   "], "Name": ["again"], "DataSyncRow": [0]})
    assert lab.merge(target, lab.stage(target, again, batch=1)).updated == 1


@pytest.mark.parametrize("other", ["A", "a ", "á"])
def test_which_keys_are_equal_is_for_the_database_to_say(lab, other):
    """Keys that the target takes for one must be one row after the dedupe, else the merge would fail."""
    target = lab.table({"Code": "text10", "Name": "text10"}, keys=("Code",))
    batch = pa.table({"Code": ["a", other], "Name": ["first", "last"], "DataSyncRow": [0, 1]})
    with lab.warehouse.transaction() as session:
        distinct = session.rows(
            f"""SELECT COUNT(DISTINCT x."Code") AS n FROM (
            SELECT CAST('a' AS {lab.types["text10"]}) AS "Code"
            UNION ALL SELECT CAST(%(other)s AS {lab.types["text10"]})) AS x""",
            {"other": other},
        )[0]["n"]
    assert lab.merge(target, lab.stage(target, batch)).inserted == distinct
    assert len(lab.rows(target)) == distinct


def test_a_text_with_a_nul_character_is_an_error_or_arrives_whole(lab):
    target = lab.table({"Id": "bigint", "Name": "text10"})
    batch = pa.table({"Id": [1], "Name": ["a\0b"], "DataSyncRow": [0]})
    try:
        lab.merge(target, lab.stage(target, batch))
    except PermanentError:
        assert lab.rows(target) == []
    else:
        assert lab.rows(target) == [{"Id": 1, "Name": "a\0b"}]
