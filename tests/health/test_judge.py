"""How a table's health is judged: a test for each sentence of the rules."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from data_sync.health.judge import Cause, RunFacts, Status, checks_after, judge, judge_table
from data_sync.health.rules import span
from data_sync.settings.models import DataSource
from data_sync.settings.update_type import UpdateType
from data_sync.updates.log_history import LoggedUpdate, TableLog

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MASS, DAILY, HOURLY = UpdateType
CHECK = 15 * MINUTE
HEALTHY, DEGRADED, UNHEALTHY = Status


def source(name="WorkOrder", is_enabled=True, **schedules):
    schedules = schedules or {"mass": "7d", "daily": "1d", "hourly": "1h"}
    return DataSource.model_validate(
        {
            "table_name": name,
            "source_system": "JDE",
            "fetcher": "sample",
            "keys": ["OrderNumber"],
            "is_enabled": is_enabled,
            **{kind: {"interval": interval} for kind, interval in schedules.items()},
        }
    )


def success(kind, ago, took=MINUTE):
    """An update of a run whose time is ``ago`` before now, that began then and took a while."""
    start = NOW - ago
    return LoggedUpdate(1, "WorkOrder", kind, start, start, start, start + took, succeeded=True, records=10)


def running(kind, since):
    return LoggedUpdate(9, "WorkOrder", kind, NOW - since, NOW - since)


def failure(ago, error="hourly.fetch: SourceUnavailable: no answer.\nmore"):
    start = NOW - ago
    return LoggedUpdate(
        8, "WorkOrder", HOURLY, start, start, None, start + MINUTE, succeeded=False, error=error
    )


def log(*successes, **fields):
    return TableLog({update.update_type: update for update in successes}, **fields)


def failed(times, *successes, since=2 * HOUR, **fields):
    return log(
        *successes, failures=times, failing_since=NOW - since, last_failure=failure(5 * MINUTE), **fields
    )


def on_time(hourly=30 * MINUTE):
    return success(MASS, 3 * DAY), success(DAILY, 5 * HOUR), success(HOURLY, hourly)


def judged(table_log, facts=None, table=None, check=CHECK):
    return judge_table(table or source(), table_log, NOW, check, facts)


class TestHealthy:
    def test_a_table_synced_within_all_its_intervals(self):
        found = judged(log(*on_time()))
        assert (found.status, found.cause) == (HEALTHY, Cause.ON_TIME)
        assert found.reason == "On time; Hourly is due in 30m."

    def test_what_is_due_stays_healthy_until_the_next_check_had_time_to_start_it(self):
        assert judged(log(*on_time(HOUR + CHECK + 5 * MINUTE))).status is HEALTHY
        assert judged(log(*on_time(HOUR + CHECK + 6 * MINUTE))).status is DEGRADED

    def test_an_update_that_runs_in_time(self):
        found = judged(log(*on_time(HOUR + MINUTE), running=running(HOURLY, MINUTE)))
        assert found.status is HEALTHY
        assert found.reason == "On time; Hourly has been running for 1m."

    def test_a_higher_type_counts_for_the_lower_ones(self):
        assert judged(log(success(MASS, 10 * MINUTE))).status is HEALTHY

    @pytest.mark.parametrize(
        ("table", "why"),
        [
            (source(is_enabled=False), "Disabled: is_enabled is false in the configuration."),
            (
                source(mass="7d").model_copy(
                    update={"mass": source(mass="7d").mass.model_copy(update={"is_enabled": False})}
                ),
                "Disabled: no schedule is enabled in the configuration.",
            ),
        ],
    )
    def test_a_disabled_table_whatever_its_log_says(self, table, why):
        for table_log in (TableLog(), failed(5)):
            found = judged(table_log, table=table)
            assert (found.status, found.cause, found.reason) == (HEALTHY, Cause.DISABLED, why)
            assert found.next_due is None


class TestOverdue:
    def test_degraded_while_an_update_is_running(self):
        found = judged(log(*on_time(3 * HOUR), running=running(HOURLY, 10 * MINUTE)))
        assert (found.status, found.cause) == (DEGRADED, Cause.OVERDUE)
        assert found.overdue == 2 * HOUR
        assert found.reason == (
            "Hourly is overdue by 2h and still progressing: Hourly has been running for 10m."
        )

    def test_degraded_while_a_run_of_the_dag_is_under_way(self):
        assert judged(log(*on_time(3 * HOUR)), RunFacts(has_active_run=True)).status is DEGRADED

    def test_unhealthy_when_nothing_is_running(self):
        found = judged(log(*on_time(3 * HOUR)))
        assert (found.status, found.cause) == (UNHEALTHY, Cause.OVERDUE)
        assert found.reason == "Hourly is overdue by 2h, and nothing is running."

    def test_degraded_until_a_second_check_is_missed(self):
        assert judged(log(*on_time(HOUR + 2 * CHECK))).status is DEGRADED
        assert judged(log(*on_time(HOUR + 2 * CHECK + MINUTE))).status is UNHEALTHY

    def test_rare_checks_are_waited_for_an_hour_at_most(self):
        table, daily = source(daily="1d"), "0 6 * * *"
        assert judged(log(success(DAILY, DAY + 6 * HOUR)), table=table, check=daily).status is UNHEALTHY

    def test_a_paused_dag_is_named(self):
        found = judged(log(*on_time(3 * HOUR)), RunFacts(is_paused=True))
        assert found.reason == "Hourly is overdue by 2h, and nothing is running; its DAG is paused."

    def test_a_success_of_another_type_since_it_became_due_is_progress(self):
        table = source(mass="7d", hourly="1h")
        assert judged(log(success(MASS, 8 * DAY), success(HOURLY, HOUR)), table=table).status is DEGRADED

    def test_but_not_for_ever(self):
        table = source(mass="7d", hourly="1h")
        assert judged(log(success(MASS, 8 * DAY), success(HOURLY, 5 * HOUR)), table=table).status is UNHEALTHY

    def test_the_type_that_waits_longest_is_named(self):
        found = judged(log(success(MASS, 9 * DAY), success(DAILY, 2 * DAY), success(HOURLY, 3 * HOUR)))
        assert found.next_due.update_type is MASS
        assert found.overdue == 2 * DAY


class TestFailures:
    def test_one_leaves_a_table_degraded(self):
        found = judged(failed(1, *on_time()))
        assert (found.status, found.cause, found.failures) == (DEGRADED, Cause.FAILED, 1)
        assert found.reason == "The last update failed: hourly.fetch: SourceUnavailable: no answer."

    def test_a_long_message_is_cut(self):
        table_log = log(
            *on_time(), failures=1, last_failure=failure(5 * MINUTE, "hourly.fetch: " + "x" * 500)
        )
        assert judged(table_log).reason.endswith("xxx…")
        assert len(judged(table_log).reason) < 250

    def test_two_in_a_row_make_it_unhealthy(self):
        found = judged(failed(2, *on_time()))
        assert (found.status, found.cause) == (UNHEALTHY, Cause.FAILED)
        assert found.reason.startswith("2 failures in a row, since 2h ago: hourly.fetch:")

    def test_it_stays_so_while_it_is_tried_again(self):
        found = judged(failed(2, *on_time(), running=running(HOURLY, 2 * MINUTE)))
        assert found.status is UNHEALTHY
        assert found.reason.endswith("; Hourly has been running for 2m, trying again.")

    def test_one_failure_and_nothing_done_since_is_unhealthy_once_overdue(self):
        found = judged(failed(1, *on_time(3 * HOUR)))
        assert found.status is UNHEALTHY
        assert found.reason.endswith("; Hourly is overdue by 2h, and nothing is running.")

    def test_an_interrupted_update_counts_as_one(self):
        gone = RunFacts(logged_run_is_live=False)
        once = judged(log(*on_time(), running=running(HOURLY, 5 * MINUTE)), gone)
        assert (once.status, once.cause, once.failures) == (DEGRADED, Cause.INTERRUPTED, 1)
        assert once.reason == "Hourly was interrupted: its run ended without closing it."
        again = judged(failed(1, *on_time(), running=running(HOURLY, 5 * MINUTE)), gone)
        assert (again.status, again.failures) == (UNHEALTHY, 2)


class TestNeverSynced:
    def test_unhealthy_when_nothing_is_running(self):
        found = judged(TableLog())
        assert (found.status, found.cause) == (UNHEALTHY, Cause.NEVER_SYNCED)
        assert found.reason == "Never synced, and nothing is running."

    def test_degraded_during_the_first_update(self):
        found = judged(log(running=running(MASS, 10 * MINUTE)))
        assert (found.status, found.cause) == (DEGRADED, Cause.NEVER_SYNCED)
        assert found.reason == "Never synced yet; Mass has been running for 10m."

    def test_degraded_while_its_first_run_starts(self):
        assert judged(TableLog(), RunFacts(has_active_run=True)).status is DEGRADED

    def test_the_pause_is_named(self):
        assert judged(TableLog(), RunFacts(is_paused=True)).reason.endswith("; its DAG is paused.")


class TestStuck:
    def test_an_update_that_runs_three_times_as_long_as_the_last_one(self):
        mass = success(MASS, 7 * DAY, took=2 * HOUR)
        assert judged(log(mass, running=running(MASS, 6 * HOUR))).status is DEGRADED
        found = judged(log(mass, running=running(MASS, 6 * HOUR + MINUTE)))
        assert (found.status, found.cause) == (UNHEALTHY, Cause.STUCK)
        assert found.reason.startswith("Mass has been running for 6h 1m (the last one took 2h)")

    def test_none_is_stuck_within_its_first_hour(self):
        assert judged(log(*on_time(), running=running(HOURLY, HOUR))).cause is not Cause.STUCK

    def test_a_first_update_may_take_its_whole_interval(self):
        assert judged(log(running=running(MASS, 7 * DAY))).cause is Cause.NEVER_SYNCED
        assert judged(log(running=running(MASS, 7 * DAY + MINUTE))).cause is Cause.STUCK


class TestChecks:
    def test_a_duration_may_fall_at_any_phase(self):
        assert checks_after(CHECK, NOW) == (NOW + CHECK, NOW + 2 * CHECK)

    def test_a_cron_check_at_the_due_instant_finds_it(self):
        assert checks_after("0 * * * *", NOW) == (NOW, NOW + HOUR)
        assert checks_after("0 * * * *", NOW + MINUTE) == (NOW + HOUR, NOW + 2 * HOUR)


class TestOverall:
    def overall(self, *logs, **more):
        names = [f"T{number}" for number in range(len(logs))]
        return judge(
            {name: source(name) for name in names}, dict(zip(names, logs, strict=True)), NOW, CHECK, **more
        )

    def test_the_worst_table_decides(self):
        good, slow, bad = log(*on_time()), failed(1, *on_time()), failed(2, *on_time())
        assert self.overall(good, good).status is HEALTHY
        assert self.overall(good, slow).status is DEGRADED
        assert self.overall(bad, good, slow).status is UNHEALTHY

    def test_a_faulty_configuration_degrades(self):
        assert self.overall(log(*on_time()), problems=["a.yaml: wrong"]).status is DEGRADED

    def test_without_tables_it_is_healthy(self):
        assert self.overall().status is HEALTHY

    def test_a_table_without_any_log_was_never_synced(self):
        assert judge({"A": source("A")}, {}, NOW, CHECK).tables["A"].cause is Cause.NEVER_SYNCED

    def test_as_dict_is_json_with_everything(self):
        found = self.overall(failed(1, *on_time(), running=running(HOURLY, MINUTE)), problems=["p"])
        told = json.loads(json.dumps(found.as_dict()))
        assert told["status"] == "Degraded"
        assert told["counts"] == {"Healthy": 0, "Degraded": 1, "Unhealthy": 0}
        table = told["tables"][0]
        assert table["last"]["Mass"]["seconds"] == 60
        assert table["running"]["update_type"] == "Hourly"
        assert table["next_due"] == {"update_type": "Hourly", "at": "2026-03-10T12:30:00+00:00"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=59.9), "59s"),
        (timedelta(seconds=61), "1m"),
        (timedelta(hours=26, minutes=5), "1d 2h"),
        (timedelta(hours=2, seconds=5), "2h"),
    ],
)
def test_spans_show_their_two_largest_units(value, text):
    assert span(value) == text
