"""How a DAG run is seen by the schedule's rules.

What the tasks do is tested in whole runs: ``tests/runs`` and ``tests/scheduler``.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from data_sync.errors import ConfigurationError
from data_sync.orchestration.run_context import describe_run
from data_sync.settings.update_type import UpdateType
from data_sync.updates.schedule import RunKind

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)
QUARTER = timedelta(minutes=15)


def described(run_type="scheduled", start=NOON - QUARTER, end=NOON, clears=0, **params):
    dag_run = SimpleNamespace(
        run_type=run_type, clear_number=clears, run_after=NOON + timedelta(seconds=7),
        data_interval_start=start, data_interval_end=end,
    )  # fmt: skip
    return describe_run({"dag_run": dag_run, "params": {"update_type": "auto", "minimum_dt": None} | params})


class TestTheRun:
    def test_a_scheduled_runs_time_is_the_end_of_its_interval_however_late_it_started(self):
        run = described()
        assert (run.kind, run.reference_dt) == (RunKind.SCHEDULED, NOON)
        assert run.data_interval == (NOON - QUARTER, NOON)

    def test_a_scheduled_run_that_was_cleared_is_told_apart(self):
        assert described(clears=1).kind is RunKind.CLEARED

    def test_a_manual_runs_time_is_when_it_was_asked_for(self):
        run = described("manual")
        assert (run.kind, run.reference_dt) == (RunKind.MANUAL, NOON + timedelta(seconds=7))
        assert described("manual", clears=2).kind is RunKind.MANUAL

    def test_a_run_without_an_interval_goes_by_when_it_was_asked_for(self):
        run = described("manual", start=None, end=None)
        assert (run.data_interval, run.reference_dt) == (None, NOON + timedelta(seconds=7))

    def test_a_backfill_runs_time_is_the_end_of_its_interval(self):
        run = described("backfill", NOON - timedelta(days=9), NOON - timedelta(days=8))
        assert (run.kind, run.reference_dt) == (RunKind.BACKFILL, NOON - timedelta(days=8))

    def test_a_run_of_another_kind_counts_as_scheduled(self):
        assert described("asset_triggered").kind is RunKind.SCHEDULED

    def test_the_kind_may_arrive_as_airflows_enumeration(self):
        assert described(SimpleNamespace(value="backfill")).kind is RunKind.BACKFILL

    def test_what_a_person_chose(self):
        assert described("manual").requested_type is None
        run = described("manual", update_type="daily", minimum_dt="2026-03-01T00:00:00-07:00")
        assert run.requested_type is UpdateType.DAILY
        assert run.minimum_dt == datetime(2026, 3, 1, 7, tzinfo=timezone.utc)
        assert run.minimum_dt.utcoffset() == timedelta(0)


@pytest.mark.parametrize("name", ["minimum_dt", "maximum_dt"])
@pytest.mark.parametrize("text", ["now", "0001-01-01T00:00:00+02:00"])
def test_what_is_no_instant_is_refused_with_the_parameters_name(name, text):
    with pytest.raises(ConfigurationError, match=rf"^{name}: '.*' is .*; write one "):
        described("manual", **{name: text})
