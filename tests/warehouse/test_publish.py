"""What a full load by ``swap`` does to the target and to those who read it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pyarrow as pa
import pytest

from data_sync.errors import PermanentError
from data_sync.warehouse.interface import Counts


def publish(lab, parts, *batches):
    """Stage batches as a full load does, numbering rows over all of them, and publish."""
    staged, first = [], 0
    for number, rows in enumerate(batches):
        staged.append(parts.stage(*rows, batch=number, first=first, dedupe=False))
        first += len(rows)
    return lab.publish(parts.target, staged)


def test_the_target_becomes_the_load(parts, lab):
    parts.sync((1, "a", "goes", 1), (2, "b", "stays", 1), (3, "c", "changes", 1))
    counts = publish(lab, parts, [(2, "b", "stays", 1), (3, "c", "changed", 2)], [(4, "d", "comes", 1)])
    assert counts == Counts(staged=3, inserted=1, updated=1, unchanged=1, deleted=1)
    assert parts.held() == [(2, "b", "stays", 1), (3, "c", "changed", 2), (4, "d", "comes", 1)]


def test_an_empty_target_is_filled(parts, lab):
    assert publish(lab, parts, [(1, "a", "x", 1)]) == Counts(staged=1, inserted=1)
    assert parts.held() == [(1, "a", "x", 1)]


def test_an_empty_load_empties_the_target(parts, lab):
    parts.sync((1, "a", "x", 1))
    assert publish(lab, parts, []) == Counts(deleted=1)
    assert parts.held() == []


def test_a_full_load_overwrites_newer_stamps(parts, lab):
    parts.sync((1, "a", "newer", 9))
    assert publish(lab, parts, [(1, "a", "source", 1)]).updated == 1
    assert parts.held() == [(1, "a", "source", 1)]


def test_rows_are_deduped_over_all_batches(parts, lab):
    counts = publish(
        lab,
        parts,
        [(1, "a", "newest", 5), (2, "b", "first", 1)],
        [(1, "a", "older", 4), (2, "b", "later", 1)],
        [(1, "a", "bare", None)],
    )
    assert counts == Counts(staged=2, inserted=2)
    assert parts.held() == [(1, "a", "newest", 5), (2, "b", "later", 1)]


def test_a_load_is_published_once_only(parts, lab):
    staged = [parts.stage((1, "a", "x", 1), dedupe=False)]
    load = lab.load(parts.target, is_full=True, completes=True)
    first = lab.publish(parts.target, staged, load)
    parts.sync((2, "b", "since", 1))
    assert lab.publish(parts.target, staged, load) == first
    lab.warehouse.drop_staging(staged[0].name)
    assert lab.publish(parts.target, staged, load) == first
    assert len(parts.held()) == 2


def test_a_load_whose_staging_is_gone_is_refused(parts, lab):
    parts.sync((1, "a", "x", 1))
    staging = parts.stage((2, "b", "y", 1), dedupe=False)
    lab.warehouse.drop_staging(staging.name)
    with pytest.raises(PermanentError, match="is gone"):
        lab.publish(parts.target, [staging])
    assert parts.held() == [(1, "a", "x", 1)]


def test_a_load_one_of_whose_batches_is_gone_is_refused(parts, lab):
    parts.sync((1, "a", "x", 1))
    staged = [parts.stage((n, "b", "y", 1), batch=n, dedupe=False) for n in range(3)]
    lab.warehouse.drop_staging(staged[2].name)
    with pytest.raises(PermanentError, match="is gone"):
        lab.publish(parts.target, staged)
    assert parts.held() == [(1, "a", "x", 1)]


def test_columns_that_are_not_loaded_keep_their_values(parts, lab):
    parts.sync((1, "a", "x", 1))
    table = parts.target.table
    lab.execute(f'UPDATE "{table.schema}"."{table.name}" SET "Quantity" = 12.5')
    narrow = parts.rows((1, "a", "changed", 2)).drop_columns(["Quantity"])
    lab.publish(parts.target, [lab.stage(parts.target, narrow, dedupe=False)])
    assert [(row["Name"], float(row["Quantity"])) for row in lab.rows(parts.target)] == [("changed", 12.5)]


def test_nothing_but_the_batches_stays_in_the_staging_schema(parts, lab):
    publish(lab, parts, [(1, "a", "x", 1)], [(2, "b", "y", 1)])
    prefix = lab.staging(parts.target).name[:-1]
    assert lab.warehouse.staging_tables(prefix) == [f"{prefix}0", f"{prefix}1"]


def test_columns_that_the_server_fills_are_left_alone(lab):
    target = lab.table({"Id": "bigint", "Serial": "identity", "Twice": "doubled id", "Seven": "defaulted"})
    batch = pa.table({"Id": [10], "Serial": [99], "DataSyncRow": [0]})
    lab.publish(target, [lab.stage(target, batch, dedupe=False)])
    assert lab.rows(target) == [{"Id": 10, "Serial": 1, "Twice": 20, "Seven": 7}]


def test_a_failed_load_leaves_the_target_as_it_was(lab):
    target = lab.table({"Id": "bigint", "Name": "text10!"})
    lab.merge(target, lab.stage(target, pa.table({"Id": [1], "Name": ["a"], "DataSyncRow": [0]})))
    bad = pa.table({"Id": [2, 3], "Name": ["b", None], "DataSyncRow": [0, 1]})
    with pytest.raises(PermanentError, match=r"(?i)name"):
        lab.publish(target, [lab.stage(target, bad, batch=1, dedupe=False)])
    assert [(row["Id"], row["Name"]) for row in lab.rows(target)] == [(1, "a")]


def test_a_view_on_the_target_shows_the_load(parts, lab):
    table = parts.target.table
    view = f'"{table.schema}"."View of {table.name}"'
    lab.execute(f'CREATE VIEW {view} AS SELECT "Id", "Name" FROM "{table.schema}"."{table.name}"')
    publish(lab, parts, [(1, "a", "x", 1)])
    with lab.warehouse.transaction() as session:
        assert session.rows(f"SELECT * FROM {view}") == [{"Id": 1, "Name": "x"}]


def test_indexes_survive(parts, lab):
    table = parts.target.table
    lab.execute(f'CREATE INDEX "IX {table.name}" ON "{table.schema}"."{table.name}" ("Name")')
    before = lab.list_indexes(lab, table)
    assert len(before) == 1
    publish(lab, parts, [(1, "a", "x", 1)])
    assert lab.list_indexes(lab, table) == before


class Reader(threading.Thread):
    """Counts the target's rows again and again, and keeps what it saw."""

    def __init__(self, lab, target):
        super().__init__(daemon=True)
        self.lab, self.target = lab, target
        self.seen: list[int] = []
        self.done = threading.Event()

    def run(self):
        while not self.done.is_set():
            self.seen.append(self.lab.warehouse.count(self.target.table))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join(30)


def test_a_reader_never_sees_fewer_rows_than_before(lab):
    target = lab.table({"Id": "bigint", "Name": "text10"})
    rows = 20_000

    def load(number: int, name: str, ids: range) -> None:
        batch = pa.table({"Id": ids, "Name": [name] * len(ids), "DataSyncRow": range(len(ids))})
        lab.publish(target, [lab.stage(target, batch, number, dedupe=False)])

    load(0, "first", range(rows))
    with Reader(lab, target) as reader:
        for number in range(1, 4):
            load(number, f"load {number}", range(number * 5_000, number * 5_000 + rows))
    assert len(reader.seen) > 20
    assert set(reader.seen) == {rows}


def test_a_load_without_stamps_keeps_the_row_read_last(parts, lab):
    target = replace(parts.target, last_update_column=None)
    batch = parts.rows((1, "a", "first", 9), (1, "a", "last", 1))
    lab.publish(target, [lab.stage(target, batch, dedupe=False)])
    assert parts.held() == [(1, "a", "last", 1)]
