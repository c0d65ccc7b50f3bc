"""A large table that is read in parts, and a read that is stopped, through the real scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(900)]

DAG = "sync_Divided"
# Each row takes its time, as over a slow line.
SLOW = """
CREATE OR REPLACE VIEW misdata_slow AS
SELECT m.* FROM misdata m CROSS JOIN LATERAL (SELECT pg_sleep(0.001 + 0 * length(m.mis_number))) AS line
"""


@pytest.fixture
def divided(scheduler: Any) -> Iterator[Any]:
    scheduler.source(SLOW)
    scheduler.wait_until("the DAG appears", lambda: DAG in {dag["dag_id"] for dag in scheduler.api.dags()})
    scheduler.api.unpause(DAG)
    yield scheduler
    scheduler.api.unpause(DAG, paused=True)


def last_run(scheduler: Any) -> str:
    """Wait for the run that the scheduler starts by itself, or start one; return its id."""
    runs = scheduler.api.runs(DAG)
    return runs[0]["dag_run_id"] if runs else scheduler.api.trigger(DAG, {"update_type": "mass"})


def test_a_part_is_staged_while_the_source_is_read_for_another(divided):
    run_id = last_run(divided)
    assert divided.api.wait(DAG, run_id, timeout=600) == "success"
    assert divided.rows_of("Divided") == divided.rows_of_source()
    times = {}
    for task in divided.api.tasks(DAG, run_id):
        if task["map_index"] >= 0:
            times[task["task_id"], task["map_index"]] = (task["start_date"], task["end_date"])
    read = sorted(span for (name, _), span in times.items() if name == "mass.parts.fetch")
    staged = sorted(span for (name, _), span in times.items() if name == "mass.parts.bulk_copy")
    assert len(read) == len(staged) == 8
    assert staged[0][0] < read[-1][1], "the first part was staged only when all parts had been read"


def test_a_run_that_is_ended_by_hand_ends_its_query_at_the_source(divided):
    with divided.held("cms", "LOCK TABLE misdata IN ACCESS EXCLUSIVE MODE"):
        run_id = divided.api.trigger(DAG, {"update_type": "mass"})
        divided.wait_for_blocked_task(DAG, run_id, "mass.plan_parts", "misdata_slow")
        divided.api.call("PATCH", f"/dags/{DAG}/dagRuns/{run_id}", json={"state": "failed"})
        # Airflow notices at the task's next heartbeat, and the server looks every two seconds.
        gone = "the session at the source ends"
        divided.wait_until(gone, lambda: waiting_at_the_source(divided) == 0, timeout=60)


def waiting_at_the_source(scheduler: Any) -> int:
    """Return how many of the source's sessions still wait for our lock."""
    ((count,),) = scheduler.warehouse(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'cms' AND query ILIKE '%misdata_slow%' "
        "AND wait_event_type = 'Lock'"
    )
    return int(count)
