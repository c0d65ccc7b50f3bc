"""A SQL file after a load: all of its statements or none, values bound, errors that name the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from data_sync.errors import LockTimeout, PermanentError, ValueRejected, WarehouseUnavailable
from data_sync.warehouse import open_warehouse


@pytest.fixture
def target(lab):
    return lab.table({"Id": "int"})


@pytest.fixture
def notes(lab):
    """A table that scripts write into."""
    return lab.table({"Id": "int", "Text": "text10", "At": "stamp"})


def name_of(target):
    return f'"{target.table.schema}"."{target.table.name}"'


def insert(notes, number, text="'x'", at="NULL"):
    return f'INSERT INTO {name_of(notes)} ("Id", "Text", "At") VALUES ({number}, {text}, {at})'


def test_its_statements_run_in_their_order(script, lab, target, notes, update):
    text = "\nGO\n".join(
        [insert(notes, 1, "'first'"), f"UPDATE {name_of(notes)} SET \"Text\" = 'then'", insert(notes, 2)]
    )
    script(text).process(lab.warehouse, target, update)
    assert [(row["Id"], row["Text"]) for row in lab.rows(notes)] == [(1, "then"), (2, "x")]


def test_values_of_the_update_are_bound(script, lab, target, notes, update):
    text = "\nGO\n".join(
        [
            insert(notes, 1, ":table_name", ":minimum_dt"),
            insert(notes, 2, ":update_type"),
            insert(notes, 3, "SUBSTRING(:operation_id, 1, 4)"),
            insert(notes, 4, "SUBSTRING(:target_schema, 1, 7)"),
        ]
    )
    script(text).process(lab.warehouse, target, update)
    assert [row["Text"] for row in lab.rows(notes)] == [target.table.name, "Hourly", "0123", "Target_"]
    assert lab.rows(notes)[0]["At"] == datetime(2026, 3, 10, 9, 0, tzinfo=timezone.utc)


def test_after_a_full_load_the_minimum_is_null_and_may_be_asked_for(script, lab, target, notes, update):
    text = f"{insert(notes, 1)}\nGO\nDELETE FROM {name_of(notes)} WHERE :minimum_dt IS NULL"
    processor = script(text)
    processor.process(lab.warehouse, target, update)
    assert len(lab.rows(notes)) == 1
    lab.execute(f"DELETE FROM {name_of(notes)}")
    processor.process(lab.warehouse, target, replace(update, minimum_dt=None))
    assert lab.rows(notes) == []


@pytest.mark.parametrize("bound", ["", " AND :table_name <> 'x'"])
def test_percent_signs_colons_and_question_marks_in_text_are_left_alone(
    script, lab, target, notes, update, bound
):
    text = (
        f"{insert(notes, 1, repr('50% :a ?'))}\nGO\n{insert(notes, 17, repr('%(x)s'))}\nGO\n"
        f'UPDATE {name_of(notes)} SET "Text" = \'odd\' WHERE "Id" % 16 = 1 AND "Text" LIKE \'%x%\'{bound}'
    )
    script(text).process(lab.warehouse, target, update)
    assert [row["Text"] for row in lab.rows(notes)] == ["50% :a ?", "odd"]


def test_a_value_that_looks_like_sql_stays_a_value(script, lab, target, notes, update):
    odd = replace(target, table=replace(target.table, name="'); --"))
    script(insert(notes, 1, ":table_name")).process(lab.warehouse, odd, update)
    assert lab.rows(notes)[0]["Text"] == "'); --"


def test_a_byte_order_mark_is_no_part_of_the_first_statement(script, lab, target, notes, update):
    script(insert(notes, 1).encode("utf-8-sig")).process(lab.warehouse, target, update)
    assert len(lab.rows(notes)) == 1


def test_the_file_of_the_warehouses_own_dialect_runs(script, lab, target, notes, update):
    for number, dialect in enumerate(("postgres", "mssql"), 1):
        processor = script(insert(notes, number), name=f"{dialect}.sql", file="{dialect}.sql")
    processor.process(lab.warehouse, target, update)
    assert [row["Id"] for row in lab.rows(notes)] == [{"postgres": 1, "mssql": 2}[lab.warehouse.dialect]]


def test_when_one_statement_fails_none_has_taken_effect_and_the_file_is_named(
    script, lab, target, notes, update
):
    text = (
        f"{insert(notes, 1)}\nGO\n{insert(notes, 2)}\nGO\nDELETE FROM no_such_table\nGO\n{insert(notes, 3)}"
    )
    with pytest.raises(PermanentError, match=r"after\.sql, after 2 of 4 statements: .*no_such_table"):
        script(text).process(lab.warehouse, target, update)
    assert lab.rows(notes) == []


def test_an_error_keeps_its_kind(script, lab, target, notes, update):
    with pytest.raises(ValueRejected, match="after 0 of 1 statements"):
        script(insert(notes, 1, "'longer than ten'")).process(lab.warehouse, target, update)


def test_an_error_late_in_a_batch_of_statements_is_not_lost(script, lab, target, notes, update):
    text = f"{insert(notes, 1)};\n{insert(notes, 2)};\n{insert(notes, 1)};"
    with pytest.raises(PermanentError, match=r"after\.sql"):
        script(text).process(lab.warehouse, target, update)
    assert lab.rows(notes) == []


def test_running_it_again_after_an_error_starts_anew(script, lab, target, notes, update):
    processor = script(insert(notes, 1))
    lab.execute(insert(notes, 1))
    with pytest.raises(PermanentError):
        processor.process(lab.warehouse, target, update)
    lab.execute(f"DELETE FROM {name_of(notes)}")
    processor.process(lab.warehouse, target, update)
    assert len(lab.rows(notes)) == 1


def test_it_waits_for_a_lock_only_as_long_as_the_options_say(script, lab, target, notes, update):
    lab.needs("message of error 1222")
    hasty = lab.with_options(lock_timeout=timedelta(milliseconds=200))
    lab.execute(insert(notes, 1))
    processor = script(f"UPDATE {name_of(notes)} SET \"Text\" = 'mine'")
    with lab.warehouse.transaction() as other:
        other.execute(f"UPDATE {name_of(notes)} SET \"Text\" = 'theirs'")
        with pytest.raises(LockTimeout, match=r"after\.sql"):
            processor.process(hasty, target, update)
    assert lab.rows(notes)[0]["Text"] == "theirs"


def test_an_unreachable_warehouse_may_be_tried_again(script, target, update, lab, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_GONE", f"{lab.warehouse.dialect}://u:secret@127.0.0.1:9/db")
    gone = open_warehouse(lab.options.model_copy(update={"connection": "gone"}), 1000)
    with pytest.raises(WarehouseUnavailable, match=r"after\.sql, after 0 of 1") as error:
        script("SELECT 1").process(gone, target, update)
    assert "secret" not in str(error.value)
