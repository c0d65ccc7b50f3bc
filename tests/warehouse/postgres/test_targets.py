"""Targets of PostgreSQL with rules of their own: second unique keys, triggers, row security, long names."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from data_sync.errors import LockTimeout, PermanentError, SchemaMismatch, WarehouseUnavailable
from data_sync.warehouse.interface import Counts, TableName
from data_sync.warehouse.postgres.session import copying

pytestmark = pytest.mark.parametrize(
    "lab", [pytest.param("postgres", marks=pytest.mark.integration)], indirect=True
)


def named(target):
    return f'"{target.table.schema}"."{target.table.name}"'


@pytest.fixture
def unique_names(parts, lab):
    constraint = f'"one name {parts.target.table.name}"'
    lab.execute(f'ALTER TABLE {named(parts.target)} ADD CONSTRAINT {constraint} UNIQUE ("Name")')
    parts.sync((1, "a", "left", 1), (2, "b", "right", 1), (3, "c", "stays", 1))
    return parts


@pytest.mark.parametrize("step", ["merge", "publish"])
def test_two_rows_may_exchange_their_values_under_a_second_unique_key(unique_names, lab, step):
    parts = unique_names
    staging = parts.stage((1, "a", "right", 2), (2, "b", "left", 2), (3, "c", "stays", 1))
    counts = getattr(lab, step)(parts.target, [staging] if step == "publish" else staging)
    assert counts == Counts(staged=3, updated=2, unchanged=1)
    assert [name for _, _, name, _ in parts.held()] == ["right", "left", "stays"]


def test_a_value_may_move_to_a_new_row(unique_names):
    counts = unique_names.sync((1, "a", "other", 2), (4, "d", "left", 2))
    assert counts == Counts(staged=2, inserted=1, updated=1)


def test_a_value_that_another_row_still_holds_is_named_with_the_way_out(unique_names):
    with pytest.raises(PermanentError, match=r"one name.*\(left\).*update_type mass"):
        unique_names.sync((4, "d", "left", 2))


def test_an_exchange_that_would_lose_other_columns_is_refused(unique_names, lab):
    parts = unique_names
    narrow = parts.rows((1, "a", "right", 2), (2, "b", "left", 2)).drop_columns(["Quantity"])
    with pytest.raises(PermanentError, match=r"not fetched \(Quantity\); make the constraint DEFERRABLE"):
        lab.merge(parts.target, lab.stage(parts.target, narrow))


def test_rows_that_a_trigger_swallows_are_not_counted(parts, lab):
    parts.sync((1, "a", "x", 1))
    schema = parts.target.table.schema
    lab.execute(
        f'CREATE FUNCTION "{schema}".swallow() RETURNS trigger LANGUAGE plpgsql AS '
        "$$ BEGIN RETURN NULL; END $$"
    )
    lab.execute(
        f"CREATE TRIGGER swallow BEFORE INSERT OR UPDATE ON {named(parts.target)} "
        f'FOR EACH ROW EXECUTE FUNCTION "{schema}".swallow()'
    )
    assert parts.sync((1, "a", "y", 2), (2, "b", "z", 2)) == Counts(staged=2, unchanged=2)


def test_a_table_whose_rows_are_hidden_is_refused(parts, lab):
    table = named(parts.target)
    lab.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    lab.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    with lab.warehouse.transaction() as session:
        (row,) = session.rows("SELECT row_security_active(%(table)s::regclass) AS hidden", {"table": table})
    if not row["hidden"]:
        pytest.skip("the login bypasses row security, as a superuser does")
    with pytest.raises(SchemaMismatch, match="row-level security"):
        lab.warehouse.start_reading(parts.target.table)


def test_a_name_that_postgresql_would_cut_is_refused(lab):
    long = TableName(lab.options.target_schema, "T" * 64)
    with pytest.raises(SchemaMismatch, match="a name of 64 bytes, of which PostgreSQL keeps 63"):
        lab.warehouse.start_reading(long)


def test_a_name_may_hold_what_looks_like_a_parameter(lab):
    target = lab.table({"Id": "bigint", "50%s": "text10"})
    lab.execute(f'ALTER TABLE {named(target)} RENAME TO "100% %(name)s"')
    table = TableName(target.table.schema, "100% %(name)s")
    assert lab.warehouse.states([table])[0].holds_rows is False
    assert lab.warehouse.count(table) == 0


def test_a_domain_without_equality_is_merged(lab):
    lab.execute(f'CREATE DOMAIN "{lab.options.target_schema}".doc AS json')
    lab.types = {**lab.types, "doc": f'"{lab.options.target_schema}".doc'}
    target = lab.table({"Id": "bigint", "Doc": "doc"})
    import pyarrow as pa

    for number, (text, expected) in enumerate([("{}", "inserted"), ("{}", "unchanged"), ("[1]", "updated")]):
        rows = pa.table({"Id": [1], "Doc": [text], "DataSyncRow": [0]})
        counts = lab.merge(target, lab.stage(target, rows, number))
        assert getattr(counts, expected) == 1, (number, counts)


def test_readers_wait_shortly_for_a_table_that_is_to_be_emptied(parts, lab, monkeypatch):
    """A reader that came first keeps its table; those that come later are let through between the tries."""
    parts.sync((1, "a", "x", 1))
    waits = []
    impatient = lab.with_options(lock_timeout=timedelta(seconds=9))
    failed = []

    def empty():
        try:
            load = lab.load(parts.target, is_full=True, completes=True)
            impatient.empty(parts.target, load, 1)
        except LockTimeout as error:
            failed.append(error)

    with lab.warehouse.transaction() as session:
        session.rows(f"SELECT * FROM {named(parts.target)}")
        thread = threading.Thread(target=empty)
        thread.start()
        until = time.monotonic() + 7
        while time.monotonic() < until:
            begun = time.monotonic()
            lab.warehouse.count(parts.target.table)
            waits.append(time.monotonic() - begun)
        thread.join()
    assert max(waits) < 4
    assert "readers have held the table" in str(failed[0])
    assert len(parts.held()) == 1


def test_a_copy_that_finds_no_server_is_worth_a_retry(lab):
    with pytest.raises(WarehouseUnavailable), copying("postgresql://me@127.0.0.1:1/nowhere"):
        pass
