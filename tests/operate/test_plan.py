"""The plan says what the branch does: over any log and configuration, read from a real warehouse."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_sync.cli import main
from data_sync.loading.history import read_histories, read_history
from data_sync.loading.steps import TableSync
from data_sync.orchestration import tasks
from data_sync.settings.durations import format_duration
from data_sync.settings.models import DataSource
from data_sync.settings.update_type import UpdateType
from data_sync.updates.plan import plan_table
from data_sync.updates.schedule import BackOff, History, LastUpdate, Run, decide

AT = datetime(2026, 3, 10, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def minutes(low, high):
    return st.integers(low, high).map(lambda count: count * MINUTE)


@st.composite
def tables(draw, name="Item"):
    """A configuration: some of the three schedules, some of them disabled, or the whole table."""
    longest = {"mass": 20000, "daily": 3000, "hourly": 200}
    chosen = draw(st.lists(st.sampled_from(sorted(longest)), min_size=1, unique=True))
    schedules = {
        kind: {
            "interval": format_duration(draw(minutes(1, longest[kind]))),
            "is_enabled": draw(st.booleans()),
        }
        for kind in chosen
    }
    base = {"table_name": name, "source_system": "ERP", "fetcher": "sample", "keys": ["Id"]}
    return DataSource.model_validate(base | {"is_enabled": draw(st.integers(0, 9)) > 0} | schedules)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(UpdateType),
            "ago": minutes(-500, 30000),
            "late": minutes(0, 600),
            "state": st.sampled_from(["good", "good", "good", "failed", "running", "backfill"]),
            "system": st.sampled_from(["ERP", "OLD"]),
            "table": st.sampled_from(["Item", "Item", "Item", "Other"]),
        }
    ),
    max_size=12,
)


class TestPlan:
    """Pure: what is due next is exactly when the branch would find it."""

    LOGS = st.lists(
        st.builds(
            lambda kind, ago, late: LastUpdate(kind, AT - ago, AT - ago + late),
            st.sampled_from(UpdateType), minutes(-500, 30000), minutes(0, 600),
        ),
        max_size=6,
    )  # fmt: skip

    @given(tables(), LOGS, st.floats(0, 10))
    def test_it_decides_as_a_scheduled_check_does(self, table, log, multiplier):
        plan = plan_table(table, History(log), AT, multiplier)
        assert plan.decision == decide(table, History(log), Run(AT), multiplier)

    @given(tables(), LOGS)
    def test_nothing_is_due_before_the_next_due_instant_and_something_from_then_on(self, table, log):
        due = plan_table(table, History(log), AT, 3).next_due
        if due is None:
            assert plan_table(table, History(log), AT + timedelta(days=9999), 3).decision.update_type is None
            return
        assert plan_table(table, History(log), due, 3).decision.update_type is not None
        every_type_has_run = all(plan_table(table, History(log), AT, 3).due.values())
        if every_type_has_run:
            before = plan_table(table, History(log), due - timedelta(microseconds=1), 3)
            assert before.decision.update_type is None

    @given(tables(), LOGS)
    def test_it_is_ready_for_json(self, table, log):
        told = json.loads(json.dumps(plan_table(table, History(log), AT, 3).as_dict()))
        assert (told["update_type"] is None) == (told["minimum_dt"] is None and "Reads" not in told["reason"])

    @given(tables(), LOGS, minutes(0, 5000), st.none() | st.just("the last full load did not finish"))
    def test_a_pause_after_failures_moves_what_is_due(self, table, log, pause, broken):
        until = AT + pause
        history = History(log, broken, backing_off=BackOff(until, 3))
        plan = plan_table(table, history, AT, 3)
        if (
            pause
            and plan.decision.update_type is None
            and "But the last 3 updates failed" in plan.decision.reason
        ):
            assert plan.next_due >= until
            assert plan_table(table, history, plan.next_due, 3).decision.update_type is not None


INSERT = """
INSERT INTO {log}."DataUpdate" ("TableName", "SourceSystem", "UpdateType", "StartDT", "NumberRecords",
  "WasSuccessful", "OperationId", "ReferenceDT", "SourceReadDT", "AdvancesWatermark", "DagId", "RunId",
  "RunType", "TryNumber")
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'd', 'r', 'scheduled', 1)
"""
RECORDS = {"running": (-2, None), "failed": (-1, False)}


@pytest.mark.integration
class TestPlanAndBranch:
    def fill(self, site, rows):
        site.query('TRUNCATE {log}."DataUpdate"')
        for number, row in enumerate(rows):
            reference = AT - row["ago"]
            read = None if row["state"] == "running" else reference + row["late"]
            records, good = RECORDS.get(row["state"], (10, True))
            site.query(
                INSERT, row["table"], row["system"], row["kind"].value, reference, records, good,
                f"{number:016x}", reference, read, row["state"] != "backfill",
            )  # fmt: skip

    def branch(self, table):
        """Return what the branch of a scheduled run at AT decides, by the task's own function."""
        dag_run = SimpleNamespace(
            dag_id=f"sync_{table}", run_id="r", run_type="scheduled", clear_number=0, run_after=AT,
            data_interval_start=AT - 15 * MINUTE, data_interval_end=AT,
        )  # fmt: skip
        return tasks.decide_update(table, {"dag_run": dag_run, "params": {}})

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(table=tables(), rows=ROWS, multiplier=st.sampled_from([0, 0.5, 3]))
    def test_they_never_disagree(self, site, table, rows, multiplier):
        self.fill(site, rows)
        loaded = site.settings
        options = loaded.options.model_copy(update={"lookback_multiplier": multiplier})
        configured = replace(loaded, options=options, sources={"Item": table})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tasks, "settings", lambda: configured)
            task = self.branch("Item")
        now = datetime.now(timezone.utc)
        for history in (
            read_histories(site.hook, configured, [table], now)["Item"],
            read_history(site.hook, TableSync(configured, table), now),
        ):
            decision = plan_table(table, history, AT, multiplier).decision
            if task is None:
                assert decision.update_type is None
            else:
                assert (task.update_type, task.minimum_dt, task.reason) == (
                    decision.update_type, decision.minimum_dt, decision.reason,
                )  # fmt: skip


@pytest.mark.integration
class TestCommand:
    def planned(self, capsys, *arguments):
        assert main(["plan", "--json", *arguments]) == 0
        return {one["table_name"]: one for one in json.loads(capsys.readouterr().out)}

    def test_everything_is_due_as_a_mass_at_first_and_disabled_tables_say_why(self, site, capsys):
        plans = self.planned(capsys)
        assert {name: plan["update_type"] for name, plan in plans.items()} == {
            "Idle": None, "Merged": "Mass", "Stopping": "Daily", "Swapped": "Mass", "Truncated": "Mass",
            "Unindexed": "Mass",
        }  # fmt: skip
        assert "is_enabled is false" in plans["Idle"]["reason"]

    def test_after_a_sync_nothing_is_due_until_the_hour_is_over(self, site, sync, capsys):
        sync("Merged")
        capsys.readouterr()
        plan = self.planned(capsys, "Merged")["Merged"]
        assert plan["update_type"] is None
        due = datetime.fromisoformat(plan["next_due"])
        before, after = (due - timedelta(seconds=1)).isoformat(), (due + timedelta(days=1)).isoformat()
        assert self.planned(capsys, "Merged", "--at", before)["Merged"]["update_type"] is None
        assert self.planned(capsys, "Merged", "--at", due.isoformat())["Merged"]["update_type"] == "Hourly"
        assert self.planned(capsys, "Merged", "--at", after)["Merged"]["update_type"] == "Daily"

    def test_due_leaves_out_what_waits(self, site, sync, capsys):
        sync("Merged")
        capsys.readouterr()
        assert "Merged" not in self.planned(capsys, "--due")

    def test_a_person_reads_a_table(self, site, capsys):
        assert main(["plan", "Merged", "Idle"]) == 0
        text = capsys.readouterr().out
        assert "Mass is due: there has been none yet" in text
        assert "1 of 2 tables would sync at" in text

    def test_an_unknown_table_is_an_error_that_names_the_nearest(self, site, capsys):
        assert main(["plan", "Mergd"]) == 1
        assert "did you mean 'Merged'?" in capsys.readouterr().err

    def test_a_time_that_is_none_is_wrong_usage(self, site, capsys):
        with pytest.raises(SystemExit) as ended:
            main(["plan", "--at", "noon"])
        assert ended.value.code == 2
        assert "2026-01-31T06:00:00+00:00" in capsys.readouterr().err

    def test_a_warehouse_that_does_not_answer_is_worth_another_try(self, site, capsys, monkeypatch):
        monkeypatch.setenv(f"AIRFLOW_CONN_{site.name.upper()}", "postgres://u:s3cret@127.0.0.1:1/none")
        assert main(["plan"]) == 75
        assert "s3cret" not in capsys.readouterr().err

    def test_a_connection_that_airflow_does_not_know_is_a_mistake_in_the_settings(
        self, site, capsys, monkeypatch
    ):
        monkeypatch.delenv(f"AIRFLOW_CONN_{site.name.upper()}")
        assert main(["plan"]) == 1
        assert f"Airflow has no connection '{site.name}'" in capsys.readouterr().err


@pytest.mark.integration
class TestStatus:
    def told(self, capsys, *arguments):
        code = main(["status", "--json", *arguments])
        return code, json.loads(capsys.readouterr().out)

    def test_a_table_that_was_never_synced_is_unhealthy(self, site, capsys):
        code, told = self.told(capsys, "Merged")
        assert (code, told["status"], told["tables"][0]["cause"]) == (4, "Unhealthy", "never_synced")

    def test_a_table_in_step_is_healthy_and_a_failure_makes_it_degraded(self, site, sync, capsys):
        sync("Swapped", "--type", "mass")
        capsys.readouterr()
        assert self.told(capsys, "Swapped", "Idle")[0] == 0
        file = site.folder / "sources" / "all.yaml"
        file.write_text(file.read_text("utf-8").replace("rows: 2500", "rows: 10"), "utf-8")
        assert sync("Swapped", "--type", "mass") == 1
        capsys.readouterr()
        code, told = self.told(capsys, "Swapped")
        assert (code, told["status"], told["tables"][0]["failures"]) == (3, "Degraded", 1)

    def test_a_person_reads_a_table(self, site, sync, capsys):
        sync("Merged", "--type", "mass")
        capsys.readouterr()
        assert main(["status", "--bad"]) == 4
        text = capsys.readouterr().out
        assert "Merged" not in text
        assert "Never synced" in text
        assert text.splitlines()[-1] == "Unhealthy: 2 Healthy, 0 Degraded, 4 Unhealthy"


@pytest.mark.integration
def test_sources_lists_what_is_configured(site, capsys):
    assert main(["sources", "--json"]) == 0
    names = [one["table_name"] for one in json.loads(capsys.readouterr().out)]
    assert names == ["Idle", "Merged", "Stopping", "Swapped", "Truncated", "Unindexed"]
    assert main(["sources", "Truncated"]) == 0
    assert "1w truncate" in capsys.readouterr().out
