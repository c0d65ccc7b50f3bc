"""A data source's DAG, run by Airflow: what its tasks hand on, and what the log says afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

pytestmark = pytest.mark.integration

SAMPLE = {
    "fetcher": "sample",
    "fetch": {"rows": 250, "changes_per_hour": 0},
    "last_update_column": "LastUpdateDT",
    "create_table": True,
}


def test_the_first_run_is_a_mass_in_batches_and_is_logged(site):
    site.source("Swapped", **SAMPLE)
    run = site.run("Swapped", requested_by="Ann")
    assert run.state == "success", run.output[-5000:]
    assert run.states() == dict.fromkeys(
        ["choose_update", "mass.open_update", "mass.fetch", "mass.bulk_copy[0]", "mass.bulk_copy[1]",
         "mass.bulk_copy[2]", "mass.publish", "mass.close_update"], "success",
    )  # fmt: skip
    (row,) = site.log("Swapped")
    assert (row.UpdateType, row.WasSuccessful, row.NumberRecords, row.MinimumDT) == ("Mass", True, 250, None)
    assert (row.RowsFetched, row.RowsStaged, row.RowsInserted, row.RowsDeleted) == (250, 250, 250, 0)
    assert (row.DagId, row.RunId, row.RunType) == ("sync_Swapped", run.run_id, "manual")
    assert (row.RequestedBy, row.TryNumber, row.Error) == ("Ann", 1, None)
    assert row.AdvancesWatermark
    assert site.query('SELECT COUNT(*) FROM {target}."Swapped"') == [(250,)]
    assert site.staging_tables("Swapped") == []
    assert list((site.folder / "spool" / "Swapped").rglob("*.parquet")) == []


def test_the_next_run_is_the_finest_update_from_the_last_full_read(site):
    site.source("Later", **SAMPLE)
    site.run("Later")
    run = site.run("Later")
    assert "hourly.merge" in run.states()
    mass, hourly = site.log("Later")
    assert hourly.UpdateType == "Hourly"
    read_from = datetime.fromisoformat(mass.SourceReadDT) - timedelta(hours=3)
    assert datetime.fromisoformat(hourly.MinimumDT) == read_from
    assert hourly.RowsFetched == hourly.NumberRecords == 0, "nothing has changed"


def test_a_truncating_mass_empties_then_copies(site):
    mass = {"interval": "7d", "prepurge_data": True, "load": "truncate"}
    site.source("Truncated", **SAMPLE, mass=mass)
    run = site.run("Truncated")
    assert set(run.states("mass.")) == {
        "mass.open_update", "mass.fetch", "mass.empty", "mass.bulk_copy[0]", "mass.bulk_copy[1]",
        "mass.bulk_copy[2]", "mass.publish", "mass.close_update",
    }  # fmt: skip
    assert site.query('SELECT COUNT(*) FROM {target}."Truncated"') == [(250,)]


def test_a_merging_mass_keeps_rows_that_the_source_no_longer_has(site):
    site.source("Merged", **SAMPLE, mass={"interval": "7d"})
    site.run("Merged")
    site.query('INSERT INTO {target}."Merged" ("Id", "LastUpdateDT") VALUES (-1, now())')
    run = site.run("Merged", update_type="mass")
    assert "mass.merge" in run.states()
    assert site.query('SELECT COUNT(*) FROM {target}."Merged"') == [(251,)]
    assert (site.log("Merged")[-1].RowsUnchanged, site.log("Merged")[-1].RowsDeleted) == (250, 0)


def test_a_person_may_choose_the_type_and_from_when(site):
    site.source("Chosen", **SAMPLE, daily={"interval": "1d"})
    site.run("Chosen")
    since = datetime(2020, 6, 1, tzinfo=timezone.utc)
    run = site.run("Chosen", update_type="daily", minimum_dt="2020-06-01T00:00:00Z")
    assert run.states("daily.")["daily.close_update"] == "success"
    row = site.log("Chosen")[-1]
    assert (row.UpdateType, datetime.fromisoformat(row.MinimumDT)) == ("Daily", since)
    expected = site.query('SELECT COUNT(*) FROM {target}."Chosen" WHERE "LastUpdateDT" >= %s', since)[0][0]
    assert 0 < expected == row.RowsFetched < 250


@pytest.mark.parametrize("minimum", ["yesterday", "2026-13-01"])
def test_a_start_that_is_no_instant_fails_at_once_and_says_what_to_write(site, minimum):
    site.options(retries=3)
    site.source("Wrong", **SAMPLE)
    run = site.run("Wrong", minimum_dt=minimum)
    assert run.state == "failed"
    assert run.tasks["choose_update"] == ["failed", 1]
    assert (
        f"minimum_dt: '{minimum}' is not an ISO 8601 timestamp; write one such as 2026-01-31T06:00:00"
        in run.output
    )
    assert site.log("Wrong") == []


def test_a_post_processor_runs_after_each_load_and_its_failure_is_the_runs(site):
    site.query('CREATE TABLE {source}.notes ("At" timestamptz, "Type" text)')
    (site.folder / "after.sql").write_text(
        f'INSERT INTO "{site.name}_source".notes VALUES (:minimum_dt, :update_type)', encoding="utf-8"
    )
    site.source("Processed", **SAMPLE, post_processor="sql", post_process={"file": "after.sql"})
    assert site.run("Processed").state == "success"
    assert site.query("SELECT * FROM {source}.notes") == [(None, "Mass")]
    site.query("DROP TABLE {source}.notes")
    run = site.run("Processed")
    assert run.state == "failed"
    assert run.states("hourly.") == {
        "hourly.open_update": "success", "hourly.fetch": "success", "hourly.stage[0]": "success",
        "hourly.merge": "success", "hourly.post_process": "failed", "hourly.close_update": "failed",
    }  # fmt: skip
    row = site.log("Processed")[-1]
    assert (row.WasSuccessful, row.NumberRecords) == (False, -1)
    assert "hourly.post_process: PermanentError: " in row.Error
    assert "after.sql, after 0 of 1 statements" in row.Error


def test_a_load_that_shrinks_too_much_is_refused_until_a_person_allows_it(site):
    site.source("Shrunk", **SAMPLE)
    site.run("Shrunk")
    site.source("Shrunk", **SAMPLE | {"fetch": {"rows": 100, "changes_per_hour": 0}})
    run = site.run("Shrunk", update_type="mass")
    assert run.state == "failed"
    assert "250 rows and the source returned 100, less than 50%" in site.log("Shrunk")[-1].Error
    assert site.query('SELECT COUNT(*) FROM {target}."Shrunk"') == [(250,)]
    assert site.run("Shrunk", update_type="mass", allow_shrink=True).state == "success"
    assert site.query('SELECT COUNT(*) FROM {target}."Shrunk"') == [(100,)]


def test_each_line_of_a_step_names_its_table_type_and_operation(site):
    site.source("Scoped", **SAMPLE)
    run = site.run("Scoped")
    operation = site.log("Scoped")[-1].OperationId
    lines = [line for line in run.output.splitlines() if "rows in Staging" in line]
    assert lines
    for name, value in (("table", "Scoped"), ("update_type", "Mass"), ("operation_id", operation)):
        assert all(f"{name}={value}" in line for line in lines), lines


def test_a_parameter_that_nobody_knows_is_refused_with_those_that_there_are(site):
    site.source("Asked", **SAMPLE)
    run = site.run("Asked", update_typ="mass")
    assert run.state == "failed"
    assert "the run's configuration has 'update_typ', which this DAG does not know; it knows" in run.output


def test_a_table_with_no_enabled_update_says_so_when_it_is_triggered(site):
    site.source("Idle", **SAMPLE, mass=None, hourly={"interval": "1h", "is_enabled": False})
    run = site.run("Idle")
    assert run.state == "failed"
    assert "ConfigurationError: Idle: no schedule is enabled" in run.output


def test_a_first_fetch_of_no_rows_is_refused_unless_the_table_may_be_empty(site):
    site.source("Empty", **SAMPLE | {"fetch": {"rows": 0}})
    assert site.run("Empty").state == "failed"
    assert "the source returned no row at all" in site.log("Empty")[-1].Error


def test_a_fetch_of_no_rows_is_a_success_where_that_is_allowed(site):
    site.source("Empty", **SAMPLE | {"fetch": {"rows": 0}, "allow_empty": True})
    assert site.run("Empty").state == "success"
    row = site.log("Empty")[-1]
    assert (row.NumberRecords, row.WasSuccessful) == (0, True)
    assert site.query('SELECT COUNT(*) FROM {target}."Empty"') == [(0,)]
