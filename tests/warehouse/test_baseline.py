"""What the warehouse records of a target, and which loads it refuses because of that."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from data_sync.errors import BaselineBroken, PermanentError, SchemaMismatch, StaleLoad, SuspiciousLoad
from data_sync.updates.baseline import why_broken
from data_sync.warehouse.interface import TableName

FULL = {"is_full": True, "completes": True}


def full(lab, target, *rows_of_batches, load=None):
    """Publish batches of rows as one full load."""
    load = load or lab.load(target, **FULL)
    staged = [lab.stage(target, rows, number, dedupe=False) for number, rows in enumerate(rows_of_batches)]
    lab.publish(target, staged, load)
    return load


def state(lab, target):
    return lab.warehouse.states([target.table])[0]


def test_a_new_table_has_no_baseline(parts, lab):
    found = state(lab, parts.target)
    assert (found.holds_rows, found.baseline) == (False, None)
    assert found.identity


def test_a_missing_table_has_no_identity(lab):
    (found,) = lab.warehouse.states([TableName(lab.options.target_schema, "Nowhere")])
    assert (found.identity, found.holds_rows, found.baseline) == (None, False, None)


def test_a_full_load_is_recorded_with_the_table_that_it_filled(parts, lab):
    load = replace(lab.load(parts.target, **FULL), definition={"query": "SELECT 1", "größe": "1 'x'"})
    full(lab, parts.target, parts.rows((1, "a", "x", 1)), load=load)
    found = state(lab, parts.target)
    held = found.baseline
    assert held.identity == found.identity
    assert (held.held_rows, held.is_complete, held.loading) == (True, True, None)
    assert (held.reading, held.full_reading, held.operation_id) == (1, 1, load.operation_id)
    assert held.definition == load.definition
    assert abs(held.read_from_dt - load.read_from_dt).total_seconds() < 0.001
    assert why_broken(found, load.definition) is None


def test_readings_are_numbered_one_after_the_other(parts, lab):
    numbers = []

    def read():
        numbers.extend(lab.warehouse.start_reading(parts.target.table).number for _ in range(5))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 21))


def test_an_older_full_load_is_refused_and_changes_nothing(parts, lab):
    old = lab.load(parts.target, **FULL)
    full(lab, parts.target, parts.rows((2, "b", "new", 2)))
    with pytest.raises(StaleLoad, match="newer data has been loaded since"):
        full(lab, parts.target, parts.rows((1, "a", "old", 1)), load=old)
    assert parts.held() == [(2, "b", "new", 2)]


def test_an_older_merge_brings_back_nothing_that_a_full_load_has_deleted(parts, lab):
    old = lab.load(parts.target)
    full(lab, parts.target, parts.rows((2, "b", "new", 2)))
    with pytest.raises(StaleLoad):
        lab.merge(parts.target, parts.stage((1, "a", "old", 1)), old)
    assert parts.held() == [(2, "b", "new", 2)]


def test_an_older_merge_by_stamps_does_no_harm_and_is_taken(parts, lab):
    full(lab, parts.target, parts.rows((1, "a", "x", 1)))
    old = lab.load(parts.target)
    lab.merge(parts.target, parts.stage((1, "a", "newer", 5)))
    lab.merge(parts.target, parts.stage((1, "a", "older", 4), (2, "b", "y", 1), batch=1), old)
    assert parts.held() == [(1, "a", "newer", 5), (2, "b", "y", 1)]


def test_an_older_merge_without_stamps_is_refused(parts, lab):
    old = lab.load(parts.target)
    lab.merge(parts.unstamped, parts.stage((1, "a", "newer", 5)))
    with pytest.raises(StaleLoad):
        lab.merge(parts.unstamped, parts.stage((1, "a", "older", 4), batch=1), old)
    assert parts.held() == [(1, "a", "newer", 5)]


def test_changes_are_refused_where_no_full_load_is_recorded(parts, lab):
    changes = lab.load(parts.target, needs_baseline=True)
    with pytest.raises(BaselineBroken, match="no full load of the target is recorded"):
        lab.merge(parts.target, parts.stage((1, "a", "x", 1)), changes)
    assert parts.held() == []


def test_changes_are_refused_where_the_table_was_created_anew(parts, lab):
    full(lab, parts.target, parts.rows((1, "a", "x", 1)))
    table = f'"{parts.target.table.schema}"."{parts.target.table.name}"'
    lab.execute(f"DROP TABLE {table}")
    kind = lab.types
    lab.execute(
        f'CREATE TABLE {table} ("Id" {kind["bigint"]} NOT NULL, "Code" {kind["text10"]} NOT NULL, '
        f'"Name" {kind["text10"]}, "Quantity" {kind["decimal"]}, "Changed" {kind["stamp"]}, '
        'PRIMARY KEY ("Id", "Code"))'
    )
    changes = lab.load(parts.target, needs_baseline=True)
    with pytest.raises(BaselineBroken, match="created anew since the last update"):
        lab.merge(parts.target, parts.stage((2, "b", "y", 1)), changes)
    assert parts.held() == []
    assert why_broken(state(lab, parts.target), {}) == "the target was created anew since the last update"


def test_an_emptied_table_is_noticed(parts, lab):
    full(lab, parts.target, parts.rows((1, "a", "x", 1)))
    lab.execute(f'DELETE FROM "{parts.target.table.schema}"."{parts.target.table.name}"')
    assert "empty though the last update left rows" in why_broken(state(lab, parts.target), {})


def test_a_backfill_into_an_emptied_table_does_not_hide_that_its_rows_are_gone(parts, lab):
    full(lab, parts.target, parts.rows((1, "a", "x", 1), (2, "b", "y", 1)))
    lab.execute(f'DELETE FROM "{parts.target.table.schema}"."{parts.target.table.name}"')
    lab.merge(parts.target, parts.stage((2, "b", "y", 1)))
    assert why_broken(state(lab, parts.target), {}) == "the target was emptied since the last full load"
    full(lab, parts.target, parts.rows((1, "a", "x", 1), (2, "b", "y", 1)))
    assert why_broken(state(lab, parts.target), {}) is None


def test_a_table_that_is_being_loaded_is_incomplete_until_the_load_has_ended(parts, lab):
    full(lab, parts.target, parts.rows((1, "a", "x", 1)))
    load = lab.empty(parts.target)
    assert why_broken(state(lab, parts.target), {}) == "the last full load did not finish"
    changes = lab.load(parts.target)
    with pytest.raises(BaselineBroken, match="the last full load did not finish"):
        lab.merge(parts.target, parts.stage((2, "b", "y", 1)), changes)
    batch = parts.rows((3, "c", "z", 1))
    lab.warehouse.copy_into(parts.target, load, 0, batch.to_reader(), 1)
    assert why_broken(state(lab, parts.target), {}) is not None
    assert lab.warehouse.finish(parts.target, load, 1).inserted == 1
    assert why_broken(state(lab, parts.target), {}) is None
    assert lab.warehouse.finish(parts.target, load, 1).inserted == 1


def test_a_truncate_load_that_lacks_a_batch_does_not_end(parts, lab):
    load = lab.empty(parts.target)
    lab.warehouse.copy_into(parts.target, load, 0, parts.rows((3, "c", "z", 1)).to_reader(), 1)
    with pytest.raises(Exception, match="1 of the load's 2 rows have been copied"):
        lab.warehouse.finish(parts.target, load, 2)
    assert why_broken(state(lab, parts.target), {}) is not None


def test_another_full_load_takes_over_from_one_that_did_not_end(parts, lab):
    dead = lab.empty(parts.target)
    full(lab, parts.target, parts.rows((1, "a", "x", 1)))
    assert why_broken(state(lab, parts.target), {}) is None
    with pytest.raises(PermanentError, match="'empty'"):
        lab.warehouse.copy_into(parts.target, dead, 0, parts.rows((9, "z", "z", 1)).to_reader(), 1)
    assert parts.held() == [(1, "a", "x", 1)]


def test_a_load_as_a_whole_is_known_once_its_last_batch_is_in(parts, lab):
    load = lab.load(parts.target)
    for number in range(2):
        staging = parts.stage((number, "a", "x", 1), batch=number)
        assert lab.warehouse.loaded(parts.target, load) is None
        lab.warehouse.merge(parts.target, load, number, staging, is_last=number == 1)
    assert lab.warehouse.loaded(parts.target, load).inserted == 2


def test_a_load_that_shrinks_the_table_too_much_is_refused(parts, lab):
    full(lab, parts.target, parts.rows(*[(n, "a", "x", 1) for n in range(10)]))
    staged = [parts.stage((1, "a", "x", 1), dedupe=False)]
    with pytest.raises(SuspiciousLoad, match="holds 10 rows and the source returned 1, less than 50%"):
        lab.publish(parts.target, staged, minimum_percent=50)
    with pytest.raises(SuspiciousLoad):
        lab.warehouse.empty(parts.target, lab.load(parts.target, **FULL), 1, minimum_percent=50)
    assert len(parts.held()) == 10


def test_a_merging_full_load_takes_what_the_source_says_and_deletes_nothing(parts, lab):
    full(lab, parts.target, parts.rows((1, "a", "ahead", 9), (2, "b", "stays", 1)))
    rows = parts.rows((1, "a", "went back", 3), (3, "c", "new", None))
    counts = lab.publish(
        parts.target,
        [lab.stage(parts.target, rows, dedupe=False)],
        lab.load(parts.target, **FULL),
        delete_missing=False,
    )
    assert (counts.inserted, counts.updated, counts.deleted) == (1, 1, 0)
    assert parts.held() == [(1, "a", "went back", 3), (2, "b", "stays", 1), (3, "c", "new", None)]


def test_a_row_that_was_read_twice_ends_as_its_newest_version(parts, lab):
    """It moved from one partition to another while they were read."""
    batches = [[(1, "a", "new", 5)], [(1, "a", "old", 4)]]
    staged = [parts.stage(*rows, batch=n, dedupe=False) for n, rows in enumerate(batches)]
    lab.publish(parts.target, staged, delete_missing=False)
    assert parts.held() == [(1, "a", "new", 5)]


def test_a_view_is_no_target(parts, lab):
    table = parts.target.table
    view = TableName(table.schema, f"View on {table.name}")
    lab.execute(f'CREATE VIEW "{view.schema}"."{view.name}" AS SELECT * FROM "{table.schema}"."{table.name}"')
    with pytest.raises(SchemaMismatch, match="is a view, which cannot be loaded; name the table"):
        lab.warehouse.start_reading(view)
    assert lab.warehouse.states([view])[0].identity


def test_two_merges_of_one_batch_at_once_load_it_once(parts, lab):
    load, staging = lab.load(parts.target), parts.stage((1, "a", "x", 1))
    found = []

    def merge():
        found.append(lab.warehouse.merge(parts.target, load, 0, staging, is_last=True))

    threads = [threading.Thread(target=merge) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [counts.inserted for counts in found] == [1] * 4
