"""Whatever is killed or cleared, at whatever moment: afterwards the target equals the source."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(600)]

_ROUND = itertools.count(1)


@dataclass(frozen=True)
class Moment:
    """A task, and what holds it up while it runs.

    :param table: whose DAG
    :param kind: which update
    :param task: the task in that update's group
    :param database: where the lock is taken
    :param lock: the statement that takes it
    :param waits: a part of the statement that then waits
    """

    table: str
    kind: str
    task: str
    database: str
    lock: str
    waits: str

    def __str__(self) -> str:
        return f"{self.table}-{self.kind}-{self.task}"


_GATES = """
CREATE TABLE audit.staging_gate AS SELECT 1 AS closed;
CREATE TABLE audit.index_gate AS SELECT 1 AS closed;
CREATE FUNCTION audit.hold() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  IF tg_tag = 'CREATE TABLE' THEN PERFORM 1 FROM audit.staging_gate FOR SHARE;
  ELSE PERFORM 1 FROM audit.index_gate FOR SHARE; END IF;
END $$;
CREATE INDEX "IX_Gauge" ON dbo."Truncated" ("Gauge");
CREATE EVENT TRIGGER hold ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'CREATE INDEX')
EXECUTE FUNCTION audit.hold();
"""

_STAGING = "SELECT * FROM audit.staging_gate FOR UPDATE"
_INDEX = "SELECT * FROM audit.index_gate FOR UPDATE"
_LOG = 'LOCK TABLE data_sync."DataUpdate" IN SHARE MODE'
_SOURCE = "LOCK TABLE misdata IN ACCESS EXCLUSIVE MODE"
_AUDIT = "LOCK TABLE audit.loads IN ACCESS EXCLUSIVE MODE"


def _rows(table: str) -> str:
    return f'SELECT * FROM dbo."{table}" WHERE "CharacteristicNumber" % 5 = 0 FOR UPDATE'


MOMENTS = [
    Moment("Swapped", "hourly", "open_update", "warehouse", _LOG, "DataUpdate"),
    Moment("Swapped", "hourly", "fetch", "cms", _SOURCE, "MISDATA"),
    Moment("Swapped", "hourly", "stage", "warehouse", _STAGING, "CREATE UNLOGGED TABLE"),
    Moment("Swapped", "hourly", "merge", "warehouse", _rows("Swapped"), "AS t SET"),
    Moment("Swapped", "hourly", "post_process", "warehouse", _AUDIT, "audit.loads"),
    Moment("Swapped", "mass", "publish", "warehouse", _rows("Swapped"), "AS t SET"),
    Moment("Truncated", "mass", "empty", "warehouse", _rows("Truncated"), "TRUNCATE"),
    Moment("Truncated", "mass", "publish", "warehouse", _INDEX, "CREATE INDEX"),
]


@pytest.fixture(scope="module")
def gated(synced):
    """Staging and the rebuild of indexes can be held up as well."""
    synced.warehouse(_GATES)
    yield synced
    synced.warehouse("DROP EVENT TRIGGER hold")


def begin(scheduler, moment):
    """Change the source, start the update and return the run once its task waits in the middle."""
    scheduler.change_source(f"{moment} {next(_ROUND)}")
    dag_id = f"sync_{moment.table}"
    return dag_id, scheduler.api.trigger(dag_id, {"update_type": moment.kind, "requested_by": "test"})


def assert_right(scheduler, moment, run_id):
    """The copy is exact, the last try is logged as a success and nothing is left over."""
    assert scheduler.rows_of(moment.table) == scheduler.rows_of_source()
    log = scheduler.log(moment.table, run_id)
    assert log[-1].WasSuccessful
    assert log[-1].NumberRecords > 0
    assert all(row.NumberRecords != -2 for row in log)
    assert scheduler.staging_tables() == []
    assert scheduler.indexes("Truncated") == ["IX_Gauge", "Truncated_pkey"]
    return log


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_after_a_kill_and_a_clear_of_the_failed_tasks_the_copy_is_right(gated, moment):
    with gated.held(moment.database, moment.lock):
        dag_id, run_id = begin_when_held(gated, moment)
        gated.kill(gated.wait_for_blocked_task(dag_id, run_id, f"{moment.kind}.{moment.task}", moment.waits))
        if moment.task != "open_update":
            gated.wait_until(
                "the task failed",
                lambda: (
                    "failed"
                    in {
                        state
                        for name, state in gated.api.states(dag_id, run_id).items()
                        if name.startswith(f"{moment.kind}.{moment.task}")
                    }
                ),
            )
    assert gated.api.wait(dag_id, run_id) == "failed"
    if moment.task != "open_update":
        assert gated.log(moment.table, run_id)[-1].NumberRecords == -1
        assert not gated.log(moment.table, run_id)[-1].WasSuccessful
        assert moment.task in gated.log(moment.table, run_id)[-1].Error
    gated.api.clear(dag_id, run_id)
    assert gated.api.wait(dag_id, run_id) == "success"
    assert_right(gated, moment, run_id)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_task_that_is_cleared_while_it_runs_goes_on_and_the_copy_is_right(gated, moment):
    with gated.held(moment.database, moment.lock):
        dag_id, run_id = begin_when_held(gated, moment)
        task_id = f"{moment.kind}.{moment.task}"
        pid = gated.wait_for_blocked_task(dag_id, run_id, task_id, moment.waits)
        gated.api.clear(dag_id, run_id, [task_id])
        gated.wait_until("the running try ends", lambda: not pid_runs(pid))
    assert gated.api.wait(dag_id, run_id) == "success"
    assert_right(gated, moment, run_id)


def begin_when_held(scheduler, moment):
    """Start an update whose source changes are made before the source itself is locked."""
    if moment.database != "cms":
        return begin(scheduler, moment)
    dag_id = f"sync_{moment.table}"
    return dag_id, scheduler.api.trigger(dag_id, {"update_type": moment.kind})


def pid_runs(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_clear_resumes_at_the_failed_step_without_reading_the_source_again(gated):
    moment = MOMENTS[3]
    with gated.held(moment.database, moment.lock):
        dag_id, run_id = begin(gated, moment)
        gated.kill(gated.wait_for_blocked_task(dag_id, run_id, "hourly.merge", moment.waits))
        gated.wait_until("merge failed", lambda: gated.api.states(dag_id, run_id)["hourly.merge"] == "failed")
    assert gated.api.wait(dag_id, run_id) == "failed"
    fetched = {task["task_id"]: task["try_number"] for task in gated.api.tasks(dag_id, run_id)}[
        "hourly.fetch"
    ]
    gated.api.clear(dag_id, run_id, ["hourly.merge"])
    assert gated.api.wait(dag_id, run_id) == "success"
    tries = {task["task_id"]: task["try_number"] for task in gated.api.tasks(dag_id, run_id)}
    assert tries["hourly.fetch"] == fetched
    log = assert_right(gated, moment, run_id)
    assert [row.NumberRecords == -1 for row in log] == [True, False]
    assert log[0].EndDT < log[1].StartDT < log[1].EndDT
    took = datetime.fromisoformat(log[1].EndDT) - datetime.fromisoformat(log[1].StartDT)
    assert took > timedelta(seconds=1), "the second try's row spans the tasks that ran again"
