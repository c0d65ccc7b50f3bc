"""The maintenance DAG beside running updates: what is interrupted is closed, what lives is left alone."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(600)]

DAG_ID = "data_sync_maintenance"


def maintain(scheduler, **params):
    """Run the maintenance DAG and return what each of its tasks returned."""
    run_id = scheduler.api.trigger(DAG_ID, params)
    assert scheduler.api.wait(DAG_ID, run_id) == "success"
    tasks = f"/dags/{DAG_ID}/dagRuns/{run_id}/taskInstances"
    returned = {}
    for task in scheduler.api.states(DAG_ID, run_id):
        path = f"{tasks}/{task}/xcomEntries/return_value"
        returned[task] = scheduler.api.call("GET", path, params={"stringify": False})["value"]
    return returned


def records(scheduler, table, run_id):
    return [row.NumberRecords for row in scheduler.log(table, run_id)]


def leave_open(scheduler):
    """Kill the very task that closes an update, and return the run whose row stays marked as running."""
    run_id = scheduler.api.trigger("sync_Swapped", {"update_type": "hourly"})
    scheduler.wait_until("it is open", lambda: records(scheduler, "Swapped", run_id) == [-2])
    with scheduler.held("warehouse", 'LOCK TABLE data_sync."DataUpdate" IN SHARE MODE'):
        scheduler.kill(
            scheduler.wait_for_blocked_task("sync_Swapped", run_id, "hourly.close_update", "DataUpdate")
        )
        assert scheduler.api.wait("sync_Swapped", run_id) == "failed"
    assert records(scheduler, "Swapped", run_id) == [-2]
    return run_id


def test_it_closes_the_update_whose_run_has_ended_and_no_living_one(synced):
    api = synced.api
    api.unpause(DAG_ID)
    synced.change_source("held")
    with synced.held("warehouse", 'SELECT * FROM dbo."Truncated" FOR UPDATE'):
        living = api.trigger("sync_Truncated", {"update_type": "hourly"})
        synced.wait_for_blocked_task("sync_Truncated", living, "hourly.merge", "AS t SET")
        ended = leave_open(synced)
        assert maintain(synced)["close_interrupted"] == 1
        assert records(synced, "Swapped", ended) == [-1]
        assert "interrupted" in synced.log("Swapped", ended)[0].Error
        assert records(synced, "Truncated", living) == [-2]
    assert api.wait("sync_Truncated", living) == "success"
    assert records(synced, "Truncated", living)[0] > 0
    done = maintain(synced, leftovers_retention_days=0)
    assert (done["close_interrupted"], done["purge_log"], done["rebuild_indexes"]) == (0, 0, {})
    assert synced.staging_tables() == []


def test_the_next_update_of_the_table_closes_it_too(synced):
    ended = leave_open(synced)
    following = synced.api.trigger("sync_Swapped", {"update_type": "hourly"})
    assert synced.api.wait("sync_Swapped", following) == "success"
    assert records(synced, "Swapped", ended) == [-1]


def test_what_a_failed_update_left_goes_when_nobody_will_clear_it_any_more(synced):
    api = synced.api
    api.unpause(DAG_ID)
    synced.change_source("left over")
    with synced.held("warehouse", 'SELECT * FROM dbo."Swapped" FOR UPDATE'):
        run_id = api.trigger("sync_Swapped", {"update_type": "hourly"})
        synced.kill(synced.wait_for_blocked_task("sync_Swapped", run_id, "hourly.merge", "AS t SET"))
        assert api.wait("sync_Swapped", run_id) == "failed"
    left = [name for (name,) in synced.staging_tables()]
    assert left
    kept = maintain(synced)["drop_leftovers"]
    assert kept == {"staging_tables": 0, "spooled_fetches": 0}
    dropped = maintain(synced, leftovers_retention_days=0)["drop_leftovers"]
    operations = {name.split("_")[1] for name in left}
    assert dropped == {"staging_tables": len(left), "spooled_fetches": len(operations)}
    assert synced.staging_tables() == []
    # Everything is read again from the beginning of the step that needs it.
    api.clear("sync_Swapped", run_id, ["hourly.fetch"])
    assert api.wait("sync_Swapped", run_id) == "success"
    assert synced.rows_of("Swapped") == synced.rows_of_source()
