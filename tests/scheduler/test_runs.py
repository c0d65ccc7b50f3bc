"""Scheduled runs, manual runs, clears of whole runs and backfills, through the real scheduler."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(600)]


def test_the_first_scheduled_run_is_a_mass(synced):
    run = synced.api.runs("sync_Swapped")[0]
    (row,) = synced.log("Swapped", run["dag_run_id"])
    assert (row.UpdateType, row.RunType, row.WasSuccessful) == ("Mass", "scheduled", True)
    assert row.NumberRecords == row.RowsFetched == row.RowsInserted == 3000
    assert row.MinimumDT is None


def test_a_manual_run_with_nothing_due_runs_the_finest_update(synced):
    synced.change_source("by hand")
    run_id = synced.api.trigger("sync_Swapped", {"requested_by": "Ada"})
    assert synced.api.wait("sync_Swapped", run_id) == "success"
    (row,) = synced.log("Swapped", run_id)
    assert (row.UpdateType, row.RequestedBy) == ("Hourly", "Ada")
    assert synced.rows_of("Swapped") == synced.rows_of_source()


def test_a_manual_run_can_ask_for_a_mass_which_drops_rows_that_the_source_no_longer_has(synced):
    synced.source("DELETE FROM misdata WHERE char_number = (SELECT max(char_number) FROM misdata)")
    tables = ("Swapped", "Truncated")
    runs = {table: synced.api.trigger(f"sync_{table}", {"update_type": "mass"}) for table in tables}
    for table, run_id in runs.items():
        assert synced.api.wait(f"sync_{table}", run_id) == "success"
        (row,) = synced.log(table, run_id)
        assert row.UpdateType == "Mass"
        assert synced.rows_of(table) == synced.rows_of_source()


def test_a_whole_run_that_is_cleared_syncs_again(synced):
    run_id = synced.api.trigger("sync_Swapped")
    assert synced.api.wait("sync_Swapped", run_id) == "success"
    synced.change_source("after the run")
    synced.api.clear("sync_Swapped", run_id, ["choose_update"])
    assert synced.api.wait("sync_Swapped", run_id) == "success"
    assert len(synced.log("Swapped", run_id)) == 2
    assert synced.rows_of("Swapped") == synced.rows_of_source()


def test_a_clear_of_a_finished_merge_changes_nothing(synced):
    run_id = synced.api.trigger("sync_Swapped", {"update_type": "hourly"})
    assert synced.api.wait("sync_Swapped", run_id) == "success"
    watermarks = [row[4] for row in synced.watermarks("Swapped")]
    synced.api.clear("sync_Swapped", run_id, ["hourly.merge"])
    assert synced.api.wait("sync_Swapped", run_id) == "success"
    assert synced.rows_of("Swapped") == synced.rows_of_source()
    assert [row[4] for row in synced.watermarks("Swapped")] == watermarks


def test_a_backfill_syncs_its_window_and_leaves_the_watermark_alone(synced):
    day = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=20)
    in_window = (day + timedelta(hours=3)).replace(tzinfo=None)
    synced.source(
        f"UPDATE misdata SET gauge = 'long ago', last_updated = '{in_window}' "
        "WHERE char_number IN (11, 12, 13)"
    )
    hourly = synced.api.trigger("sync_Swapped", {"update_type": "hourly"})
    assert synced.api.wait("sync_Swapped", hourly) == "success"
    assert synced.rows_of("Swapped") != synced.rows_of_source(), "an hourly update reads too short a window"
    before = synced.watermarks("Swapped")
    end = day + timedelta(days=1)
    dates = ["--from-date", day.isoformat(), "--to-date", end.isoformat()]
    synced.stack.run("airflow", "backfill", "create", "--dag-id", "sync_Swapped", *dates)

    def backfilled():
        return [run for run in synced.api.runs("sync_Swapped") if run["run_type"] == "backfill"]

    synced.wait_until("the backfill's runs exist", backfilled)
    for run in backfilled():
        assert synced.api.wait("sync_Swapped", run["dag_run_id"]) == "success"
        (row,) = synced.log("Swapped", run["dag_run_id"])
        assert (row.UpdateType, row.RunType, row.AdvancesWatermark) == ("Hourly", "backfill", False)
        assert row.MaximumDT is not None
    assert synced.rows_of("Swapped") == synced.rows_of_source()
    assert synced.watermarks("Swapped") == before


def test_tables_were_synced_side_by_side(synced):
    spans = synced.warehouse(
        'SELECT a."TableName" FROM data_sync."DataUpdate" a JOIN data_sync."DataUpdate" b '
        'ON a."TableName" < b."TableName" AND a."StartDT" < b."EndDT" AND b."StartDT" < a."EndDT" '
        "WHERE a.\"RunType\" = 'scheduled' AND b.\"RunType\" = 'scheduled'"
    )
    assert spans, "the first Mass of one table overlapped the other's"


def test_what_was_asked_for_but_cannot_be_done_says_so(synced):
    run_id = synced.api.trigger(
        "sync_Swapped", {"minimum_dt": "2999-01-01T00:00:00+00:00", "update_type": "hourly"}
    )
    assert synced.api.wait("sync_Swapped", run_id) == "failed"
    assert "minimum_dt" in synced.api.log("sync_Swapped", run_id, "choose_update")
    assert synced.log("Swapped", run_id) == []
