"""A full load by ``truncate``: empty the table, copy straight in, rebuild the indexes."""

from __future__ import annotations

import logging

import pyarrow as pa
import pytest

from data_sync.errors import CountMismatch, PermanentError, ValueRejected
from data_sync.warehouse.interface import TableName, Target


def copy(lab, parts, load, number, *rows):
    batch = parts.rows(*rows)
    return lab.warehouse.copy_into(parts.target, load, number, batch.to_reader(), len(batch))


def test_the_table_is_emptied_and_filled_again(parts, lab):
    parts.sync((1, "a", "old", 1))
    load = lab.empty(parts.target)
    assert parts.held() == []
    assert copy(lab, parts, load, 0, (2, "b", "x", 1), (3, "c", "y", None)) == 2
    assert copy(lab, parts, load, 1, (4, "d", "z", 1)) == 1
    assert parts.held() == [(2, "b", "x", 1), (3, "c", "y", None), (4, "d", "z", 1)]


def test_a_batch_is_copied_once_only(parts, lab):
    load = lab.empty(parts.target)
    for _ in range(2):
        assert copy(lab, parts, load, 0, (1, "a", "x", 1), (2, "b", "y", 1)) == 2
    assert lab.warehouse.count(parts.target.table) == 2


def test_emptying_again_lets_the_batches_in_again(parts, lab):
    load = lab.empty(parts.target)
    copy(lab, parts, load, 0, (1, "a", "x", 1))
    lab.empty(parts.target, load=load)
    assert parts.held() == []
    assert copy(lab, parts, load, 0, (1, "a", "x", 1)) == 1
    assert parts.held() == [(1, "a", "x", 1)]


def test_batches_of_another_load_are_refused(parts, lab):
    load = lab.empty(parts.target)
    other = lab.empty(parts.target)
    with pytest.raises(PermanentError, match=rf"emptied for another load \({other.token}\)"):
        copy(lab, parts, load, 0, (1, "a", "x", 1))
    assert parts.held() == []


def test_a_table_that_was_not_emptied_takes_no_batches(parts, lab):
    load = lab.load(parts.target)
    with pytest.raises(PermanentError, match="'empty'"):
        copy(lab, parts, load, 0, (1, "a", "x", 1))


def test_loads_of_two_tables_do_not_meet(parts, lab):
    other = lab.table({"Id": "bigint"})
    load = lab.empty(parts.target)
    lab.empty(other, load=load)
    assert copy(lab, parts, load, 0, (1, "a", "x", 1)) == 1
    reader = pa.table({"Id": [1, 2], "DataSyncRow": [0, 1]}).to_reader()
    assert lab.warehouse.copy_into(other, load, 0, reader, 2) == 2


def test_a_repeated_key_is_an_error_that_names_the_way_out(parts, lab):
    load = lab.empty(parts.target)
    copy(lab, parts, load, 0, (1, "a", "x", 1))
    with pytest.raises(PermanentError, match="load: swap"):
        copy(lab, parts, load, 1, (2, "b", "fine", 1), (1, "a", "again", 2))
    assert parts.held() == [(1, "a", "x", 1)]


def test_a_bad_value_leaves_nothing_of_its_batch(parts, lab):
    load = lab.empty(parts.target)
    with pytest.raises(ValueRejected, match="'Name', row 1"):
        copy(lab, parts, load, 0, (1, "a", "x", 1), (2, "b", "x" * 11, 1))
    assert parts.held() == []
    assert copy(lab, parts, load, 0, (1, "a", "x", 1)) == 1


def test_fewer_rows_than_announced_leave_nothing(parts, lab):
    load = lab.empty(parts.target)
    with pytest.raises(CountMismatch):
        lab.warehouse.copy_into(parts.target, load, 0, parts.rows((1, "a", "x", 1)).to_reader(), 2)
    assert parts.held() == []


def test_an_empty_batch_is_copied(parts, lab):
    load = lab.empty(parts.target)
    assert copy(lab, parts, load, 0) == 0


@pytest.fixture
def indexed(parts, lab):
    """Parts with two secondary indexes and a unique one, which no load touches."""
    lab.needs("ALTER INDEX")
    table = parts.target.table
    for name, columns in (("by name", '"Name"'), ("by change", '"Changed" DESC, "Id"')):
        lab.execute(f'CREATE INDEX "{name} {table.name}" ON "{table.schema}"."{table.name}" ({columns})')
    lab.execute(f'CREATE UNIQUE INDEX "unique {table.name}" ON "{table.schema}"."{table.name}" ("Quantity")')
    return [f"by change {table.name}", f"by name {table.name}"], [f"unique {table.name}"]


def test_secondary_indexes_are_disabled_and_rebuilt(parts, lab, indexed):
    secondary, unique = indexed
    load = lab.empty(parts.target)
    assert lab.list_indexes(lab, parts.target.table) == unique
    copy(lab, parts, load, 0, (1, "a", "x", 1))
    assert lab.warehouse.rebuild_indexes(parts.target) == secondary
    assert lab.list_indexes(lab, parts.target.table) == sorted(secondary + unique)


def test_indexes_are_remembered_when_a_load_begins_again(parts, lab, indexed):
    secondary, unique = indexed
    lab.empty(parts.target, load=lab.empty(parts.target))
    lab.empty(parts.target)
    assert lab.warehouse.rebuild_indexes(parts.target) == secondary
    assert lab.list_indexes(lab, parts.target.table) == sorted(secondary + unique)


def test_indexes_are_rebuilt_once(parts, lab, indexed):
    lab.empty(parts.target)
    lab.warehouse.rebuild_indexes(parts.target)
    assert lab.warehouse.rebuild_indexes(parts.target) == []


def test_a_table_without_disabled_indexes_has_none_to_rebuild(parts, lab):
    assert lab.warehouse.rebuild_indexes(parts.target) == []


def test_a_table_that_a_foreign_key_points_to_is_emptied_all_the_same(parts, lab, caplog):
    table = parts.target.table
    child = TableName(table.schema, f"Child of {table.name}")
    types = lab.types
    lab.execute(
        f'CREATE TABLE "{child.schema}"."{child.name}" ("PartId" {types["bigint"]}, "PartCode" '
        f'{types["text10"]}, FOREIGN KEY ("PartId", "PartCode") REFERENCES '
        f'"{table.schema}"."{table.name}" ("Id", "Code"))'
    )
    parts.sync((1, "a", "old", 1))
    try:
        with caplog.at_level(logging.WARNING):
            lab.empty(parts.target)
    finally:
        lab.warehouse.rebuild_indexes(parts.target)
    assert parts.held() == []
    lab.execute(f'DROP TABLE "{child.schema}"."{child.name}"')
    assert "deleting instead" in caplog.text


def test_emptying_a_missing_table_is_an_error(lab):
    target = Target(TableName(lab.options.target_schema, "Nowhere"), ("Id",))
    with pytest.raises(PermanentError, match="Nowhere"):
        lab.empty(target)
