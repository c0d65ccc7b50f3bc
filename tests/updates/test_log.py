"""The DataUpdate log: a row per try, closed once, and what the next update reads from."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest

from data_sync.settings.update_type import UpdateType
from data_sync.updates.log import ERROR_LENGTH, Outcome
from data_sync.updates.schedule import LastUpdate
from data_sync.warehouse.interface import Counts

MASS, DAILY, HOURLY = UpdateType
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
RUNNING, FAILED = -2, -1


def utc(value: datetime) -> datetime:
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value


class TestOneUpdate:
    def test_while_it_runs_its_row_says_so(self, log):
        task = log.task(
            DAILY,
            minimum_dt=NOON - HOUR,
            maximum_dt=NOON,
            reason="due",
            requested_by="Ann",
            advances_watermark=False,
        )
        before = datetime.now(timezone.utc)
        number = log.start(task, try_number=2)
        row = log.row()
        assert row["Id"] == number
        assert row["NumberRecords"] == RUNNING
        assert (row["EndDT"], row["WasSuccessful"], row["RowsFetched"], row["Error"]) == (None,) * 4
        assert before - HOUR / 1000 <= utc(row["StartDT"]) <= datetime.now(timezone.utc)
        assert [utc(row[name]) for name in ("ReferenceDT", "MinimumDT", "MaximumDT")] == [
            NOON, NOON - HOUR, NOON,
        ]  # fmt: skip
        told = {
            "TableName": log.table, "SourceSystem": "JDE", "UpdateType": "Daily", "DagId": "sync_T",
            "RunId": "run 1", "RunType": "scheduled", "TryNumber": 2, "Reason": "due", "RequestedBy": "Ann",
            "OperationId": task.operation_id,
        }  # fmt: skip
        assert {name: row[name] for name in told} == told
        assert not row["AdvancesWatermark"]

    def test_a_success_is_closed_with_its_figures(self, log):
        number = log.start()
        counts = Counts(staged=9, inserted=4, updated=3, unchanged=2, deleted=1)
        assert log.hook.complete_update(number, Outcome(True, 10, counts, NOON)) is True
        row = log.row()
        assert row["WasSuccessful"]
        assert row["NumberRecords"] == 10
        names = ("Fetched", "Staged", "Inserted", "Updated", "Unchanged", "Deleted")
        assert [row[f"Rows{name}"] for name in names] == [10, 9, 4, 3, 2, 1]
        assert utc(row["SourceReadDT"]) == NOON
        assert utc(row["EndDT"]) >= utc(row["StartDT"])

    def test_a_success_that_read_nothing_has_no_records(self, log):
        log.hook.complete_update(log.start(), Outcome(True, 0, Counts(), NOON))
        assert log.row()["NumberRecords"] == 0

    def test_a_failure_is_closed_with_its_reason(self, log):
        log.hook.complete_update(log.start(), Outcome(False, 10, error="hourly.merge: deadlock"))
        row = log.row()
        assert not row["WasSuccessful"]
        assert row["WasSuccessful"] is not None
        assert (row["NumberRecords"], row["RowsFetched"], row["RowsInserted"]) == (FAILED, 10, None)
        assert row["Error"] == "hourly.merge: deadlock"

    def test_a_failure_is_closed_with_the_task_that_failed(self, log):
        log.hook.complete_update(log.start(), Outcome(False, error="x", failed_task="mass.bulk_copy[3]"))
        assert log.row()["FailedTask"] == "mass.bulk_copy[3]"
        log.hook.complete_update(log.start(), Outcome(False, error="x", failed_task="t" * 300))
        assert log.rows()[1]["FailedTask"] == "t" * 250

    def test_a_success_is_closed_with_its_reading(self, log):
        log.hook.complete_update(log.start(), Outcome(True, 1, Counts(), NOON, reading=12))
        assert (log.row()["Reading"], log.row()["FailedTask"]) == (12, None)

    @pytest.mark.parametrize("letter", ["x", "ß", "表"])
    def test_a_longer_error_is_cut_to_the_column(self, log, letter):
        log.hook.complete_update(log.start(), Outcome(False, error=letter * (ERROR_LENGTH + 1)))
        assert log.row()["Error"] == letter * ERROR_LENGTH

    def test_so_are_a_longer_reason_and_a_longer_name(self, log):
        log.start(log.task(reason="r" * 2000, requested_by="n" * 300))
        assert (log.row()["Reason"], log.row()["RequestedBy"]) == ("r" * 1000, "n" * 250)

    def test_a_character_of_two_utf_16_units_counts_as_two(self, log):
        log.hook.complete_update(log.start(), Outcome(False, error="x" + "😀" * ERROR_LENGTH))
        assert log.row()["Error"] == "x" + "😀" * (ERROR_LENGTH // 2 - 1)

    @pytest.mark.parametrize(("error", "kept"), [("a\x00b", "a\\0b"), ("a\udcffb", "a?b")])
    def test_what_no_database_stores_does_not_keep_a_row_open(self, log, error, kept):
        assert log.hook.complete_update(log.start(), Outcome(False, error=error))
        assert log.row()["Error"] == kept

    def test_it_is_closed_once(self, log):
        number = log.start()
        assert log.hook.complete_update(number, Outcome(False, error="first")) is True
        closed = log.row()
        assert log.hook.complete_update(number, Outcome(True, 5, Counts(), NOON)) is False
        assert log.row() == closed

    def test_its_length_is_the_same_in_every_time_zone(self, log, monkeypatch):
        try:
            for zone in ("America/Denver", "Asia/Kolkata"):
                monkeypatch.setenv("TZ", zone)
                time.tzset()
                log.hook.complete_update(
                    log.start(log.task(reference=NOON)), Outcome(True, 1, Counts(), NOON)
                )
        finally:
            monkeypatch.undo()
            time.tzset()
        for row in log.rows():
            assert timedelta(0) <= utc(row["EndDT"]) - utc(row["StartDT"]) < HOUR
            assert abs(utc(row["StartDT"]) - datetime.now(timezone.utc)) < HOUR
            assert utc(row["ReferenceDT"]) == NOON

    def test_a_cleared_run_opens_a_new_row_of_the_same_operation(self, log):
        task = log.task()
        first = log.start(task, 1)
        log.hook.complete_update(first, Outcome(False, error="killed"))
        second = log.start(task, 2)
        assert second > first
        assert log.hook.complete_update(second, Outcome(True, 3, Counts(), NOON))
        assert [(row["TryNumber"], row["NumberRecords"]) for row in log.rows()] == [(1, FAILED), (2, 3)]
        assert {row["OperationId"] for row in log.rows()} == {task.operation_id}

    def test_rows_of_other_operations_do_not_mix(self, log):
        numbers = [log.start(log.task()) for _ in range(3)]
        assert len(set(numbers)) == 3
        log.hook.complete_update(numbers[1], Outcome(True, 7, Counts(), NOON))
        assert [row["NumberRecords"] for row in log.rows()] == [RUNNING, 7, RUNNING]


class TestLastUpdates:
    def test_there_are_none_of_a_new_table(self, log):
        assert log.hook.get_last_data_updates(log.table) == []

    def test_the_latest_success_of_each_type(self, log):
        log.succeed(MASS, NOON - 3 * HOUR)
        log.succeed(HOURLY, NOON - 2 * HOUR, NOON - 2 * HOUR + HOUR / 60)
        log.succeed(HOURLY, NOON - HOUR, NOON - HOUR + HOUR / 60)
        assert log.hook.get_last_data_updates(log.table) == [
            LastUpdate(HOURLY, NOON - HOUR, NOON - HOUR + HOUR / 60),
            LastUpdate(MASS, NOON - 3 * HOUR, NOON - 3 * HOUR),
        ]

    def test_neither_running_nor_failed_nor_backfilled_ones_count(self, log):
        log.succeed(HOURLY, NOON - 3 * HOUR)
        log.succeed(HOURLY, NOON, advances_watermark=False)
        log.hook.complete_update(log.start(log.task(reference=NOON)), Outcome(False, error="x"))
        log.start(log.task(reference=NOON))
        assert log.hook.get_last_data_updates(log.table) == [
            LastUpdate(HOURLY, NOON - 3 * HOUR, NOON - 3 * HOUR)
        ]

    def test_a_late_success_of_an_older_run_does_not_take_it_back(self, log):
        log.succeed(HOURLY, NOON, NOON)
        log.succeed(HOURLY, NOON - 5 * HOUR, NOON - 5 * HOUR)
        assert log.hook.get_last_data_updates(log.table) == [LastUpdate(HOURLY, NOON, NOON)]

    def test_instants_are_utc_to_the_microsecond_whatever_zone_they_came_in(self, log):
        read = datetime(2026, 3, 10, 5, 0, 0, 123456, timezone(-7 * HOUR))
        log.succeed(HOURLY, read, read)
        (found,) = log.hook.get_last_data_updates(log.table)
        assert found.reference_dt == read
        assert found.reference_dt.utcoffset() == found.source_read_dt.utcoffset() == timedelta(0)

    def test_a_cleared_run_does_not_see_itself(self, log):
        log.succeed(HOURLY, NOON - HOUR)
        log.succeed(HOURLY, NOON, run_id="run 2")
        for run, reference in (
            (("sync_T", "run 2"), NOON - HOUR),
            (("sync_T", "run 1"), NOON),
            (("sync_T", "run 3"), NOON),
            (("sync_U", "run 2"), NOON),
        ):
            assert log.hook.get_last_data_updates(log.table, run) == [
                LastUpdate(HOURLY, reference, reference)
            ]

    def test_a_success_of_a_later_run_is_seen_as_it_is(self, log):
        later = datetime(2999, 1, 1, tzinfo=timezone.utc)
        log.succeed(HOURLY, later, NOON)
        assert log.hook.get_last_data_updates(log.table) == [LastUpdate(HOURLY, later, NOON)]

    def test_of_all_tables_at_once(self, log, new_log):
        other = new_log()
        log.succeed(DAILY, NOON)
        other.succeed(MASS, NOON - HOUR)
        found = log.hook.get_histories()
        assert found[log.table] == log.hook.get_history(log.table)
        assert found[other.table].last == [LastUpdate(MASS, NOON - HOUR, NOON - HOUR)]

    def test_the_view_can_be_asked_by_anyone(self, log):
        log.succeed(DAILY, NOON)
        with log.hook.warehouse.transaction() as session:
            (row,) = session.rows(
                f'SELECT * FROM "{log.hook.schema}"."LastDataUpdates" WHERE "TableName" = %(table)s',
                {"table": log.table},
            )
        assert (row["SourceSystem"], row["UpdateType"], utc(row["ReferenceDT"])) == ("JDE", "Daily", NOON)
        assert utc(row["EndDT"]) >= utc(row["StartDT"])
