"""What is read from the log for the health of many tables, checked against the whole log read plainly."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta, timezone

import pytest

from data_sync.settings.update_type import UpdateType
from data_sync.updates import log_history_sql
from data_sync.updates.log import DataUpdateLog, Outcome
from data_sync.updates.log_history import TableLog, read_recent, read_table_logs
from data_sync.updates.task import DataUpdateTask
from data_sync.warehouse.interface import Counts

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
MASS, DAILY, HOURLY = UpdateType


class Log:
    """A log of tables with names of their own, written through the hook."""

    def __init__(self, lab):
        self.hook = DataUpdateLog(lab.warehouse)
        self.warehouse = lab.warehouse

    def start(self, table, kind=HOURLY, reference=NOW, advances=True):
        operation = uuid.uuid4().hex[:16]
        task = DataUpdateTask(table, "JDE", kind, None, None, reference, operation, advances)
        return self.hook.start_update(task, f"sync_{table}", f"run_{operation}", "scheduled", 1)

    def run(self, table, kind=HOURLY, reference=NOW, succeeded=True, advances=True, records=5):
        number = self.start(table, kind, reference, advances)
        counts = Counts(inserted=1, updated=2, unchanged=records - 3) if succeeded else None
        error = None if succeeded else "hourly.fetch: SourceUnavailable: gone"
        task = None if succeeded else "hourly.fetch"
        self.hook.complete_update(number, Outcome(succeeded, records, counts, NOW, error, task))
        return number

    def of(self, table):
        return read_table_logs(self.warehouse, [table])[table]


@pytest.fixture
def log(lab):
    return Log(lab)


@pytest.fixture
def table():
    return f"Table {uuid.uuid4().hex[:8]}'\""


def test_a_table_without_rows_has_an_empty_log(log, table):
    assert log.of(table) == TableLog()


def test_the_last_success_of_a_type_goes_by_the_runs_time_not_by_when_it_ran(log, table):
    newest = log.run(table, reference=NOW)
    log.run(table, reference=NOW - 5 * HOUR)  # an old run that was cleared
    log.run(table, MASS, reference=NOW - 50 * HOUR)
    found = log.of(table)
    assert list(found.last) == [MASS, HOURLY]
    assert found.last[HOURLY].id == newest
    assert found.last[HOURLY].reference_dt == NOW


def test_updates_that_do_not_move_the_watermark_count_neither_as_success_nor_as_failure(log, table):
    log.run(table, advances=False)
    log.run(table, succeeded=False, advances=False)
    assert log.of(table) == TableLog()


def test_failures_count_from_the_last_success_of_any_type(log, table):
    log.run(table, succeeded=False)
    log.run(table, MASS)
    first = log.run(table, succeeded=False)
    last = log.run(table, DAILY, succeeded=False)
    found = log.of(table)
    assert found.failures == 2
    assert found.last_failure.id == last
    assert found.last_failure.update_type is DAILY
    assert found.last_failure.error == "hourly.fetch: SourceUnavailable: gone"
    assert found.last_failure.failed_task == "hourly.fetch"
    assert found.failing_since <= found.last_failure.start_dt
    assert first < last


def test_an_update_that_runs_is_found_and_ends_no_row_of_failures(log, table):
    log.run(table, succeeded=False)
    number = log.start(table, DAILY)
    found = log.of(table)
    assert (found.running.id, found.running.update_type) == (number, DAILY)
    assert (found.running.end_dt, found.running.succeeded, found.running.records) == (None, None, None)
    assert found.failures == 1


def test_a_row_comes_back_whole(log, table):
    log.run(table, records=7)
    update = log.of(table).last[HOURLY]
    assert update.records == 7
    assert update.counts == {"inserted": 1, "updated": 2, "unchanged": 4, "deleted": 0}
    assert update.duration >= timedelta(0)
    assert update.start_dt.tzinfo is update.end_dt.tzinfo is timezone.utc
    assert update.run_id.startswith("run_")


def test_recent_updates_are_those_started_last_newest_first(log, table):
    numbers = [log.run(table, succeeded=bool(number % 2)) for number in range(5)]
    other = f"{table}2"
    assert [update.id for update in read_recent(log.warehouse, [table, other], 3)[table]] == numbers[:1:-1]
    assert [update.id for update in read_recent(log.warehouse, [table, other], 9)[table]] == numbers[::-1]
    assert read_recent(log.warehouse, [table, other], 3)[other] == []


def test_any_log_reads_the_same_as_when_it_is_read_plainly(log, table):
    draw = random.Random(7)
    tables = [f"{table}{number}" for number in range(2)]
    rows = {name: [] for name in tables}
    for _ in range(40):
        name, kind = draw.choice(tables), draw.choice(list(UpdateType))
        reference = NOW - draw.randrange(40) * HOUR
        succeeded, advances = draw.random() < 0.6, draw.random() < 0.9
        number = log.run(name, kind, reference, succeeded, advances)
        if advances:
            rows[name].append((number, kind, reference, succeeded))
    for name, found in read_table_logs(log.warehouse, tables).items():
        for kind in UpdateType:
            good = [(reference, number) for number, k, reference, ok in rows[name] if ok and k is kind]
            expected = max(good)[1] if good else None
            assert (found.last[kind].id if kind in found.last else None) == expected
        outcomes = [ok for *_, ok in rows[name]]
        in_a_row = outcomes[::-1].index(True) if True in outcomes else len(outcomes)
        assert found.failures == in_a_row


def test_more_tables_than_one_statement_takes(log, table, monkeypatch):
    monkeypatch.setattr(log_history_sql, "MOST_TABLES", 2)
    names = [f"{table}{number}" for number in range(5)]
    for name in names:
        log.run(name)
    assert all(HOURLY in found.last for found in read_table_logs(log.warehouse, names).values())
