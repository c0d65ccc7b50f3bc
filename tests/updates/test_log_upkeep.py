"""The upkeep of the DataUpdate log: interrupted rows are closed, old ones purged, its tables created once."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from data_sync.settings.models import DataSyncOptions
from data_sync.settings.update_type import UpdateType
from data_sync.updates import log as data_update
from data_sync.updates.log import DataUpdateLog, Outcome, id_ranges
from data_sync.warehouse.interface import Counts

MASS, DAILY, HOURLY = UpdateType
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
RUNNING, FAILED = -2, -1


def utc(value: datetime) -> datetime:
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value


def live(_: Any) -> bool:
    return True


def dead(_: Any) -> bool:
    return False


class TestInterruptedUpdates:
    def test_are_closed_as_failed_and_told_of(self, log, caplog):
        number = log.start()
        with caplog.at_level(logging.WARNING):
            (closed,) = log.hook.close_open_updates(dead, log.table)
        assert (closed.id, closed.run_id, closed.dag_id) == (number, "run 1", "sync_T")
        row = log.row()
        assert (row["NumberRecords"], bool(row["WasSuccessful"])) == (FAILED, False)
        assert "interrupted" in row["Error"]
        assert utc(row["EndDT"]) >= utc(row["StartDT"])
        assert f"closed update {number}" in caplog.text

    def test_live_ones_are_never_closed(self, log):
        log.start()
        assert log.hook.close_open_updates(live, log.table) == []
        assert log.row()["NumberRecords"] == RUNNING

    def test_each_is_asked_about_by_itself(self, log):
        first, second, third = (log.start() for _ in range(3))
        closed = log.hook.close_open_updates(lambda update: update.id == second, log.table)
        assert [update.id for update in closed] == [first, third]
        assert [update.id for update in log.hook.open_updates(log.table)] == [second]

    def test_other_tables_are_left_alone(self, log, new_log):
        other = new_log()
        other.start()
        log.start()
        log.hook.close_open_updates(dead, log.table)
        assert other.row()["NumberRecords"] == RUNNING

    def test_without_a_table_all_are_looked_at(self, log, new_log):
        numbers = {log.start(), new_log().start()}
        assert numbers <= {update.id for update in log.hook.open_updates()}
        mine = {update.id for update in log.hook.close_open_updates(lambda update: update.id not in numbers)}
        assert mine == numbers

    def test_one_that_ends_while_it_is_asked_about_keeps_its_own_end(self, log):
        number = log.start()

        def ends_just_now(_: Any) -> bool:
            log.hook.complete_update(number, Outcome(True, 4, Counts(), NOON))
            return False

        assert log.hook.close_open_updates(ends_just_now, log.table) == []
        assert log.row()["NumberRecords"] == 4

    def test_a_closed_one_can_no_longer_succeed(self, log):
        number = log.start()
        log.hook.close_open_updates(dead, log.table)
        assert log.hook.complete_update(number, Outcome(True, 4, Counts(), NOON)) is False
        assert log.row()["NumberRecords"] == FAILED

    def test_the_next_row_of_the_run_is_open_again(self, log):
        task = log.task()
        log.start(task)
        log.hook.close_open_updates(dead, log.table)
        second = log.start(task, 2)
        assert [update.id for update in log.hook.open_updates(log.table)] == [second]

    def test_an_open_row_tells_whose_it_is(self, log):
        task = log.task(DAILY)
        number = log.start(task)
        (found,) = log.hook.open_updates(log.table)
        assert (found.id, found.table_name, found.source_system) == (number, log.table, "JDE")
        assert (found.update_type, found.operation_id) == ("Daily", task.operation_id)
        assert found.started_dt.utcoffset() == timedelta(0)


class TestPurge:
    OLD = datetime(2001, 1, 1, tzinfo=timezone.utc)
    """Older than any row that another test leaves."""

    def old_failures(self, log: Any, count: int) -> list[int]:
        numbers = []
        for _ in range(count):
            numbers.append(log.start())
            log.hook.complete_update(numbers[-1], Outcome(False, error="x"))
            log.age(numbers[-1], self.OLD)
        return numbers

    def test_old_closed_rows_go_and_younger_ones_stay(self, log):
        self.old_failures(log, 2)
        log.hook.complete_update(log.start(), Outcome(False, error="young"))
        assert log.hook.purge(self.OLD + HOUR) == 2
        assert log.row()["Error"] == "young"

    def test_the_instant_itself_is_kept(self, log):
        self.old_failures(log, 1)
        assert log.hook.purge(self.OLD) == 0
        assert log.hook.purge(self.OLD + timedelta(microseconds=1)) == 1

    def test_a_running_row_stays_however_old(self, log):
        log.age(log.start(), self.OLD)
        log.hook.purge(self.OLD + HOUR)
        assert log.row()["NumberRecords"] == RUNNING

    def test_what_the_next_update_reads_from_stays_however_old(self, log):
        for reference in (NOON - 2 * HOUR, NOON - HOUR, NOON):
            log.age(log.succeed(HOURLY, reference), self.OLD)
        log.age(log.succeed(MASS, NOON - 9 * HOUR), self.OLD)
        before = log.hook.get_last_data_updates(log.table)
        assert log.hook.purge(self.OLD + HOUR) == 2
        assert log.hook.get_last_data_updates(log.table) == before
        assert log.hook.purge(self.OLD + HOUR) == 0

    def test_many_rows_go_some_at_a_time(self, log, monkeypatch):
        monkeypatch.setattr(data_update, "PURGE_BATCH", 2)
        kept = log.succeed(MASS, NOON)
        log.age(kept, self.OLD)
        self.old_failures(log, 3)
        log.age(log.start(), self.OLD)
        self.old_failures(log, 2)
        statements = []
        execute = log.hook.warehouse.transaction

        def counted():
            statements.append(1)
            return execute()

        monkeypatch.setattr(log.hook.warehouse, "transaction", counted)
        assert log.hook.purge(self.OLD + HOUR) == 5
        assert len(statements) >= 4, "one transaction to look, and one for each two Ids"
        assert [row["NumberRecords"] for row in log.rows()] == [1, RUNNING]

    def test_purging_an_empty_or_a_clean_log_is_no_error(self, log):
        log.hook.purge(self.OLD)
        assert log.hook.purge(self.OLD) == 0


@pytest.mark.parametrize(
    ("first", "last", "kept", "expected"),
    [
        (1, 1, [], [(1, 1)]),
        (1, 5, [], [(1, 2), (3, 4), (5, 5)]),
        (1, 5, [3], [(1, 2), (4, 5)]),
        (1, 5, [1, 5], [(2, 3), (4, 4)]),
        (1, 3, [1, 2, 3], []),
        (4, 6, [1, 9], [(4, 5), (6, 6)]),
    ],
)
def test_ranges_leave_out_what_is_kept(first, last, kept, expected):
    assert list(id_ranges(first, last, kept, 2)) == expected


class TestInstallation:
    def test_the_hook_creates_its_tables_and_a_second_time_changes_nothing(self, log, lab):
        options = DataSyncOptions(warehouse=lab.options)
        number = log.start()
        for _ in range(2):
            hook = DataUpdateLog.from_options(options)
            assert [update.id for update in hook.open_updates(log.table)] == [number]

    def test_in_a_new_schema(self, lab):
        schema = f"{lab.options.log_schema}_new"
        options = DataSyncOptions(warehouse=lab.options.model_copy(update={"log_schema": schema}))
        try:
            assert DataUpdateLog.from_options(options).open_updates() == []
        finally:
            lab.drop_schemas(lab, [schema])


STARTS_AND_ENDS_TEN = """
import uuid
from datetime import datetime, timezone
from data_sync.updates.log import DataUpdateLog, Outcome
from data_sync.updates.task import DataUpdateTask
from data_sync.settings.update_type import UpdateType
hook = DataUpdateLog(warehouse)
for number in range(10):
    now, operation = datetime.now(timezone.utc), uuid.uuid4().hex[:16]
    task = DataUpdateTask(target.table.name, "JDE", UpdateType.HOURLY, None, None, now, operation)
    update = hook.start_update(task, "sync_T", operation, "manual", 1)
    assert hook.complete_update(update, Outcome(False, error=operation))
"""


def test_processes_that_log_one_table_at_once_close_their_own_rows(log, lab):
    target = lab.table({"Id": "bigint"})
    log.table = target.table.name
    with ExitStack() as stack:
        processes = [stack.enter_context(lab.process(STARTS_AND_ENDS_TEN, target)) for _ in range(3)]
        assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    rows = log.rows()
    assert len(rows) == 30
    assert all(row["Error"] == row["OperationId"] for row in rows)
