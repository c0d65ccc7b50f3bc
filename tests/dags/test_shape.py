"""What a data source's DAG is made of: tasks, order, pools, retries, mapping, set-up and teardown."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from data_sync.errors import PermanentError, SourceUnavailable, TransientError

MODES = {
    "merge": {"mass": "{interval: 7d}"},
    "swap": {"mass": "{interval: 7d, prepurge_data: true}"},
    "truncate": {"mass": "{interval: 7d, prepurge_data: true, load: truncate}"},
}
LOADS = {
    "merge": {"fetch": {"stage"}, "stage": {"merge"}},
    "swap": {"fetch": {"bulk_copy"}, "bulk_copy": {"publish"}},
    "truncate": {"fetch": {"empty", "bulk_copy"}, "empty": {"bulk_copy"}, "bulk_copy": {"publish"}},
}
LAST = {"merge": "merge", "swap": "publish", "truncate": "publish"}
POST = {"post_processor": "sql", "post_process": "{file: after.sql}"}


@pytest.fixture
def after(project: Any) -> None:
    (project.folder / "after.sql").write_text("SELECT 1", encoding="utf-8")


def group_edges(dag: Any, group: str) -> dict[str, set[str]]:
    """Return a group's tasks with what follows each, by their names inside the group."""
    return {
        task.task_id.partition(".")[2]: {one.partition(".")[2] for one in task.downstream_task_ids}
        for task in dag.tasks
        if task.task_id.startswith(f"{group}.")
    }


def edges(mode: str, last: dict[str, set[str]]) -> dict[str, set[str]]:
    return {
        # An edge from set-up to teardown marks the pair.
        "open_update": {"fetch", "close_update"},
        **LOADS[mode],
        **last,
        "close_update": set(),
    }


@pytest.mark.parametrize("mode", MODES)
def test_the_mass_update_in_its_order(project, mode):
    dag = project.dag("Item", **MODES[mode])
    assert group_edges(dag, "mass") == edges(mode, {LAST[mode]: {"close_update"}})


@pytest.mark.parametrize("mode", MODES)
def test_a_post_processor_comes_between_the_load_and_the_end(project, after, mode):
    dag = project.dag("Item", **MODES[mode], **POST)
    last = {LAST[mode]: {"post_process"}, "post_process": {"close_update"}}
    assert group_edges(dag, "mass") == edges(mode, last)
    assert group_edges(dag, "hourly")["merge"] == {"post_process"}


@pytest.mark.parametrize("mode", MODES)
def test_daily_and_hourly_merge_whatever_mass_does(project, mode):
    dag = project.dag("Item", **MODES[mode], daily="{interval: 1d}")
    merging = edges("merge", {"merge": {"close_update"}})
    assert group_edges(dag, "daily") == group_edges(dag, "hourly") == merging


def test_the_branch_leads_to_each_enabled_update_and_to_nothing_due(project):
    dag = project.dag("Item", **MODES["swap"], daily="{interval: 1d}")
    assert dag.task_dict["choose_update"].downstream_task_ids == {
        "mass.open_update", "daily.open_update", "hourly.open_update", "nothing_due",
    }  # fmt: skip
    assert [task.task_id for task in dag.roots] == ["choose_update"]


def test_a_disabled_schedule_has_no_tasks_and_cannot_be_asked_for(project):
    dag = project.dag("Item", mass="{interval: 7d, is_enabled: false}", daily="{interval: 1d}")
    assert set(dag.task_group.children) == {"choose_update", "nothing_due", "daily", "hourly"}
    assert dag.params.get_param("update_type").schema["enum"] == ["auto", "daily", "hourly"]


def test_a_source_whose_schedules_are_all_disabled_has_a_dag_that_finds_nothing_due(project):
    dag = project.dag("Item", hourly="{interval: 1h, is_enabled: false}")
    assert set(dag.task_dict) == {"choose_update", "nothing_due"}


@pytest.mark.parametrize("mode", MODES)
def test_batches_are_loaded_by_mapped_tasks_named_after_them(project, mode):
    dag = project.dag("Item", **MODES[mode])
    mapped = {task.task_id for task in dag.tasks if task.is_mapped}
    assert mapped == {"mass." + ("stage" if mode == "merge" else "bulk_copy"), "hourly.stage"}
    for name in mapped:
        assert dag.task_dict[name].partial_kwargs["map_index_template"] == "batch {{ batch_number }}"


def test_the_log_row_is_opened_and_closed_by_set_up_and_teardown(project):
    dag = project.dag("Item")
    assert [task.task_id for task in dag.tasks if task.is_setup] == ["hourly.open_update"]
    (closing,) = [task for task in dag.tasks if task.is_teardown]
    assert closing.task_id == "hourly.close_update"
    assert closing.on_failure_fail_dagrun, "a failed update must not look like a success"


@pytest.mark.parametrize("mode", MODES)
def test_pools_cap_each_system_and_the_warehouse(project, after, mode):
    dag = project.dag("Item", source_system="CMS", **MODES[mode], **POST)
    pools = {task.task_id.partition(".")[2]: task.pool for task in dag.tasks if "mass." in task.task_id}
    light = {"open_update", "close_update"}
    assert pools["fetch"] == "cms_pool"
    assert {name for name, pool in pools.items() if pool == "default_pool"} == light
    assert {name for name, pool in pools.items() if pool == "house"} == set(pools) - light - {"fetch"}


def test_every_task_is_tried_as_often_as_the_options_say(project):
    dag = project.dag("Item")
    assert {task.retries for task in dag.tasks} == {3}
    assert {task.retry_delay for task in dag.tasks} == {timedelta(minutes=2)}


@pytest.mark.parametrize(
    ("error", "retried"), [(PermanentError, False), (TransientError, True), (SourceUnavailable, True)]
)
def test_only_errors_that_may_pass_are_retried(project, error, retried):
    from airflow.sdk.definitions.retry_policy import RetryAction

    task = project.dag("Item").task_dict["hourly.fetch"]
    decision = task.retry_policy.evaluate(error("x"), try_number=1, max_tries=3)
    assert (decision.action is not RetryAction.FAIL) is retried


def test_it_is_asked_for_on_schedule_one_run_at_a_time_and_not_for_the_past(project):
    dag = project.dag("Item")
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert dag.start_date == datetime(2020, 1, 1, tzinfo=timezone.utc)
    assert dag.timetable._delta == timedelta(minutes=15)


def test_the_check_interval_may_be_a_cron_expression_and_still_has_intervals(project):
    from airflow.timetables.interval import CronDataIntervalTimetable

    path = project.folder / "data_sync.yaml"
    path.write_text(path.read_text().replace("15m", "'5-59/20 * * * *'"), encoding="utf-8")
    timetable = project.dag("Item").timetable
    assert isinstance(timetable, CronDataIntervalTimetable)
    assert timetable.summary == "5-59/20 * * * *"


def test_a_person_may_choose_type_start_name_and_shrinking(project):
    params = project.dag("Item").params
    assert params.dump() == {
        "update_type": "auto", "minimum_dt": None, "maximum_dt": None, "requested_by": None,
        "allow_shrink": False,
    }  # fmt: skip
    assert params.get_param("minimum_dt").schema["format"] == "date-time"


@pytest.mark.parametrize("wrong", [{"update_type": "mass"}, {"minimum_dt": 20260131}, {"allow_shrink": 1}])
def test_what_cannot_be_chosen_is_refused_before_the_run(project, wrong):
    from airflow.sdk.exceptions import ParamValidationError

    params = project.dag("Item").params
    with pytest.raises(ParamValidationError, match=next(iter(wrong))):
        params.update(wrong)


@pytest.mark.parametrize(("post", "emits"), [({}, "publish"), (POST, "post_process")])
def test_the_last_step_of_a_load_tells_that_the_table_is_new(project, after, post, emits):
    dag = project.dag("Item", target_schema="erp", **MODES["swap"], **post)
    outlets = {task.task_id: [asset.uri for asset in task.outlets] for task in dag.tasks if task.outlets}
    hourly = "post_process" if post else "merge"
    uri = ["mssql://cache-host:1433/cache/erp/Item"]
    assert outlets == {f"mass.{emits}": uri, f"hourly.{hourly}": uri}


def test_tags_owner_and_description(project):
    dag = project.dag("Item", tags="[b, a]", owner="planning", description="Parts. And more of it.")
    assert set(dag.tags) == {"data-sync", "JDE", "a", "b"}
    assert {task.owner for task in dag.tasks} == {"planning"}
    assert dag.description == "Parts"


def test_the_runbook_names_what_the_engineer_on_call_needs(project):
    text = project.dag(
        "Item", owner="planning", **MODES["truncate"], description="Parts.", keys="[Id, Branch]"
    ).doc_md
    for needed in (
        "### Item", "Parts.", "table of **JDE**", "`Id`, `Branch`", "15m", "**planning**",
        "| Mass | 1w | reads all rows, empties the table", "| Daily | — | not enabled |", "| Hourly | 1h |",
        "airflow backfill create --dag-id sync_Item", "clear", 'FROM data_sync."DataUpdate"',
    ):  # fmt: skip
        assert needed in text
