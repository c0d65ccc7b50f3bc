"""What a merge does to the target, on every warehouse."""

from __future__ import annotations

import pyarrow as pa
import pytest

from data_sync.errors import PermanentError
from data_sync.warehouse.interface import Counts


def test_new_rows_are_inserted_and_changed_rows_updated(parts):
    assert parts.sync((1, "a", "one", 1), (2, "b", "two", 1)) == Counts(staged=2, inserted=2)
    counts = parts.sync((2, "b", "zwei", 2), (3, "c", "drei", 2))
    assert counts == Counts(staged=2, inserted=1, updated=1)
    assert parts.held() == [(1, "a", "one", 1), (2, "b", "zwei", 2), (3, "c", "drei", 2)]


def test_equal_rows_count_as_unchanged(parts):
    parts.sync((1, "a", "one", 1), (2, "b", None, None))
    assert parts.sync((1, "a", "one", 1), (2, "b", None, None)) == Counts(staged=2, unchanged=2)


def test_an_older_row_never_overwrites_a_newer_one(parts):
    parts.sync((1, "a", "new", 5))
    assert parts.sync((1, "a", "old", 4)) == Counts(staged=1, unchanged=1)
    assert parts.held() == [(1, "a", "new", 5)]


def test_a_stamp_in_the_future_does_not_keep_later_changes_out(parts):
    century = 36_525
    parts.sync((1, "a", "slip", century))
    assert parts.sync((1, "a", "slip", century)) == Counts(staged=1, unchanged=1)
    assert parts.sync((1, "a", "mended", 5)) == Counts(staged=1, updated=1)
    assert parts.sync((1, "a", "old", 4)) == Counts(staged=1, unchanged=1)
    assert parts.held() == [(1, "a", "mended", 5)]


def test_a_change_without_a_new_stamp_is_taken(parts):
    parts.sync((1, "a", "before", 5))
    assert parts.sync((1, "a", "after", 5)) == Counts(staged=1, updated=1)
    assert parts.held() == [(1, "a", "after", 5)]


def test_no_stamp_is_older_than_any_stamp(parts):
    parts.sync((1, "a", "stamped", 5), (2, "b", "bare", None))
    counts = parts.sync((1, "a", "bare", None), (2, "b", "stamped", 1))
    assert counts == Counts(staged=2, updated=1, unchanged=1)
    assert parts.held() == [(1, "a", "stamped", 5), (2, "b", "stamped", 1)]


def test_no_stamp_overwrites_no_stamp(parts):
    parts.sync((1, "a", "before", None))
    assert parts.sync((1, "a", "after", None)) == Counts(staged=1, updated=1)


def test_without_a_stamp_column_the_later_sync_wins(parts):
    parts.sync((1, "a", "first", 5), stamped=False)
    assert parts.sync((1, "a", "second", 1), stamped=False) == Counts(staged=1, updated=1)
    assert parts.held() == [(1, "a", "second", 1)]


def test_a_value_that_becomes_null_is_written(parts):
    parts.sync((1, "a", "one", 1))
    assert parts.sync((1, "a", None, 1)) == Counts(staged=1, updated=1)
    assert parts.held() == [(1, "a", None, 1)]


def test_a_change_of_case_alone_is_written(parts):
    parts.sync((1, "a", "bolt", 1))
    assert parts.sync((1, "a", "Bolt", 1)) == Counts(staged=1, updated=1)
    assert parts.held() == [(1, "a", "Bolt", 1)]


def test_a_staging_table_is_merged_once_only(parts, lab):
    staging, load = parts.stage((1, "a", "one", 1)), lab.load(parts.target)
    first = lab.merge(parts.target, staging, load)
    parts.sync((1, "a", "two", 1))
    assert lab.merge(parts.target, staging, load) == first == Counts(staged=1, inserted=1)
    assert parts.held() == [(1, "a", "two", 1)]


def test_a_merged_staging_table_stays_done_when_it_is_dropped(parts, lab):
    staging, load = parts.stage((1, "a", "one", 1)), lab.load(parts.target)
    first = lab.merge(parts.target, staging, load)
    lab.warehouse.drop_staging(staging.name)
    assert lab.merge(parts.target, staging, load) == first


def test_a_staging_table_that_is_gone_is_no_empty_batch(parts, lab):
    staging = parts.stage((1, "a", "one", 1))
    lab.warehouse.drop_staging(staging.name)
    with pytest.raises(PermanentError, match="is gone"):
        lab.merge(parts.target, staging)


def test_an_empty_batch_changes_nothing(parts, lab):
    parts.sync((1, "a", "one", 1))
    assert lab.merge(parts.target, parts.stage()) == Counts()
    assert parts.held() == [(1, "a", "one", 1)]


def test_the_whole_key_identifies_a_row(parts):
    parts.sync((1, "a", "one", 1))
    assert parts.sync((1, "b", "other", 1), (2, "a", "another", 1)) == Counts(staged=2, inserted=2)


def test_columns_that_are_not_fetched_keep_their_values(parts, lab):
    parts.sync((1, "a", "one", 1))
    lab.execute(f'UPDATE "{parts.target.table.schema}"."{parts.target.table.name}" SET "Quantity" = 12.5')
    narrow = parts.rows((1, "a", "changed", 2)).drop_columns(["Quantity"])
    assert lab.merge(parts.target, lab.stage(parts.target, narrow)) == Counts(staged=1, updated=1)
    assert [float(row["Quantity"]) for row in lab.rows(parts.target)] == [12.5]


def test_columns_that_the_server_fills_are_left_alone(lab):
    target = lab.table({"Id": "bigint", "Serial": "identity", "Twice": "doubled id", "Seven": "defaulted"})
    batch = pa.table({"Id": [10, 11], "Serial": [99, 98], "Twice": [0, 0], "DataSyncRow": [0, 1]})
    assert lab.merge(target, lab.stage(target, batch)) == Counts(staged=2, inserted=2)
    found = lab.rows(target)
    assert [(row["Id"], row["Twice"], row["Seven"]) for row in found] == [(10, 20, 7), (11, 22, 7)]
    assert {row["Serial"] for row in found} == {1, 2}


def test_a_table_of_keys_alone_can_be_merged(lab):
    target = lab.table({"Id": "bigint"})
    batch = pa.table({"Id": [1, 2], "DataSyncRow": [0, 1]})
    assert lab.merge(target, lab.stage(target, batch)) == Counts(staged=2, inserted=2)
    again = lab.stage(target, pa.table({"Id": [2, 3], "DataSyncRow": [0, 1]}), batch=1)
    assert lab.merge(target, again) == Counts(staged=2, inserted=1, unchanged=1)


def test_a_failed_merge_leaves_the_target_as_it_was(lab):
    target = lab.table({"Id": "bigint", "Name": "text10!"})
    lab.merge(target, lab.stage(target, pa.table({"Id": [1], "Name": ["a"], "DataSyncRow": [0]})))
    bad = pa.table({"Id": [1, 2], "Name": ["changed", None], "DataSyncRow": [0, 1]})
    staging = lab.stage(target, bad, batch=1)
    with pytest.raises(PermanentError, match=r"(?i)name"):
        lab.merge(target, staging)
    assert [(row["Id"], row["Name"]) for row in lab.rows(target)] == [(1, "a")]
