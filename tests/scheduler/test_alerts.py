"""Who is told of what, through the real scheduler: once per incident, with what to do."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(600)]


def subjects(scheduler):
    return [alert["subject"] for alert in scheduler.alerts()]


def test_an_incident_is_told_once_and_its_end_is_told(synced):
    synced.source("ALTER TABLE misdata RENAME TO gone")
    first = synced.api.trigger("sync_Swapped", {"update_type": "hourly"})
    assert synced.api.wait("sync_Swapped", first) == "failed"
    synced.wait_until("the failure is told", lambda: "DataSync: Swapped failed" in subjects(synced))
    second = synced.api.trigger("sync_Swapped", {"update_type": "hourly"})
    assert synced.api.wait("sync_Swapped", second) == "failed"
    synced.source("ALTER TABLE gone RENAME TO misdata")
    synced.api.clear("sync_Swapped", second)
    assert synced.api.wait("sync_Swapped", second) == "success"
    synced.wait_until("the end is told", lambda: "DataSync: Swapped works again" in subjects(synced))
    # The first scheduled run was due hours ago, so it may have been called late.
    told = [alert for alert in synced.alerts() if alert["subject"].startswith("DataSync: Swapped")]
    told = [alert for alert in told if not alert["subject"].endswith("is late")]
    assert [alert["subject"] for alert in told] == [
        "DataSync: Swapped failed",
        "DataSync: Swapped works again",
    ]
    failure = told[0]["message"]
    assert "Swapped (CMS): the Hourly update failed." in failure
    assert "hourly.fetch: " in failure
    assert "misdata" in failure.lower()
    assert "Clear the" in failure
    assert f"{synced.stack.url}/dags/sync_Swapped/runs/manual__" in failure


def test_a_run_that_does_not_end_is_told_of(synced):
    def late(run_id):
        return [alert for alert in synced.alerts() if f"run {run_id} has not ended" in alert["message"]]

    with synced.held("cms", "LOCK TABLE misdata IN ACCESS EXCLUSIVE MODE"):
        half_a_day_ago = (datetime.now(timezone.utc) - timedelta(hours=12)).isoformat()
        run_id = synced.api.trigger("sync_Truncated", {"update_type": "hourly"}, half_a_day_ago)
        synced.wait_until("the run is called late", lambda: late(run_id), timeout=120)
    assert synced.api.wait("sync_Truncated", run_id) == "success"
    (alert,) = late(run_id)
    assert alert["subject"] == "DataSync: Truncated is late"
    assert "20s after it was due" in alert["message"]


@contextmanager
def aged(scheduler, table, days):
    """Make the table's updates so much older for the length of the block."""
    ((last,),) = scheduler.warehouse('SELECT max("Id") FROM data_sync."DataUpdate"')
    columns = ("StartDT", "EndDT", "ReferenceDT", "SourceReadDT")

    def shift(sign):
        changes = ", ".join(f'"{column}" = "{column}" {sign} interval \'{days} days\'' for column in columns)
        scheduler.warehouse(
            f'UPDATE data_sync."DataUpdate" SET {changes} WHERE "TableName" = %s AND "Id" <= %s', table, last
        )

    shift("-")
    try:
        yield
    finally:
        shift("+")


def test_a_table_that_nothing_runs_for_is_told_of_once(synced):
    def told():
        new = [subject for subject in subjects(synced)[before:] if subject.startswith("DataSync: Truncated")]
        return [subject for subject in new if not subject.endswith("is late")]

    before = len(synced.alerts())
    synced.api.unpause("sync_Truncated", paused=True)
    try:
        with aged(synced, "Truncated", days=2):
            for _ in range(2):
                assert (
                    synced.api.wait("data_sync_watch", synced.api.trigger("data_sync_watch", {})) == "success"
                )
            assert told() == ["DataSync: Truncated is not up to date"]
            synced.api.unpause("sync_Truncated")
            assert synced.api.wait("sync_Truncated", synced.api.trigger("sync_Truncated", {})) == "success"
    finally:
        synced.api.unpause("sync_Truncated")
    synced.wait_until("the end is told", lambda: told()[-1] == "DataSync: Truncated works again")
    (message,) = [
        alert["message"]
        for alert in synced.alerts()
        if alert["subject"] == "DataSync: Truncated is not up to date"
    ]
    assert "Truncated (CMS): Hourly is overdue by 1d" in message
    assert f"{synced.stack.url}/dags/sync_Truncated\n" in message
    assert "Unpause it" in message
