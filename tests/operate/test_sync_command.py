"""The command ``sync``: the same steps as a DAG's, its log row closed whatever ends it."""

from __future__ import annotations

import contextlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from data_sync.cli import main
from data_sync.updates.liveness import is_held

pytestmark = pytest.mark.integration


def ids(site, table):
    return [row[0] for row in site.query(f'SELECT "Id" FROM {{target}}."{table}" ORDER BY 1')]


@pytest.mark.parametrize("table", ["Merged", "Swapped", "Truncated"])
def test_a_mass_loads_everything_and_cleans_up(site, sync, capsys, table):
    assert sync(table, "--type", "mass", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["succeeded"], result["fetched"], result["inserted"]) == (True, 2500, 2500)
    assert ids(site, table) == list(range(2500))
    (row,) = site.log(table)
    assert (row.WasSuccessful, row.NumberRecords, row.UpdateType) == (True, 2500, "Mass")
    assert (row.DagId, row.RunType) == ("terminal", "terminal")
    assert "@" in row.RequestedBy
    assert site.hook.warehouse.staging_tables() == []
    assert site.spool.operations() == []


def test_auto_begins_with_everything_and_then_runs_the_finest_type(site, sync):
    assert sync("Merged") == 0
    assert sync("Merged") == 0
    first, second = site.log("Merged")
    assert (first.UpdateType, first.MinimumDT) == ("Mass", None)
    assert second.UpdateType == "Hourly"
    assert second.MinimumDT is not None


def test_a_mass_repairs_what_the_target_lost(site, sync):
    sync("Swapped", "--type", "mass")
    site.query('DELETE FROM {target}."Swapped" WHERE "Id" < 100')
    site.query("""INSERT INTO {target}."Swapped" ("Id", "Name") VALUES (9999, 'nobody sent this')""")
    assert sync("Swapped", "--type", "mass") == 0
    assert ids(site, "Swapped") == list(range(2500))


def test_a_window_that_a_person_chose_does_not_move_the_watermark(site, sync):
    sync("Merged", "--type", "mass")
    assert sync("Merged", "--type", "daily", "--minimum-dt", "2026-01-01T00:00:00") == 0
    assert site.log("Merged")[-1].MinimumDT.startswith("2026-01-01T00:00:00")


def test_a_load_that_shrinks_the_table_fails_and_changes_nothing(site, sync, capsys):
    sync("Swapped", "--type", "mass")
    text = (site.folder / "sources" / "all.yaml").read_text("utf-8")
    (site.folder / "sources" / "all.yaml").write_text(text.replace("rows: 2500", "rows: 100"), "utf-8")
    capsys.readouterr()
    assert sync("Swapped", "--type", "mass", "--json") == 1
    found = capsys.readouterr()
    assert "allow_shrink" in found.err
    assert json.loads(found.out)["succeeded"] is False
    row = site.log("Swapped")[-1]
    assert (row.WasSuccessful, row.NumberRecords, row.RowsFetched) == (False, -1, 100)
    assert row.Error.startswith("SuspiciousLoad: ")
    assert len(ids(site, "Swapped")) == 2500
    assert site.hook.warehouse.staging_tables() == []
    assert site.spool.operations() == []
    assert sync("Swapped", "--type", "mass", "--allow-shrink") == 0
    assert ids(site, "Swapped") == list(range(100))


def test_a_type_that_is_not_configured_is_refused_before_anything_is_logged(site, sync, capsys):
    assert sync("Stopping", "--type", "mass") == 1
    assert "choose auto, daily, hourly" in capsys.readouterr().err
    assert site.log("Stopping") == []


def cause(capsys):
    """Return why the command ``status`` gives Stopping its status."""
    capsys.readouterr()
    main(["status", "Stopping", "--json"])
    return json.loads(capsys.readouterr().out)["tables"][0]["cause"]


@pytest.mark.parametrize(("name", "number"), [("interrupt", 2), ("terminate", 15)])
def test_a_stopped_sync_closes_its_row_and_cleans_up(site, eventually, signals, name, number):
    with site.process("sync", "Stopping", "--type", "daily") as process:
        eventually(lambda: site.spool.operations() and site.log("Stopping"))
        process.send_signal(getattr(signals, name))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "stopped at the terminal" in errors
    (row,) = site.log("Stopping")
    assert (row.WasSuccessful, row.NumberRecords) == (False, -1)
    assert "stopped at the terminal" in row.Error
    assert site.spool.operations() == []


def test_a_stopped_sync_cancels_its_statement_in_the_warehouse(site, sync, eventually, signals):
    sync("Merged", "--type", "mass")
    site.query('UPDATE {target}."Merged" SET "Name" = NULL')
    with site.held('SELECT * FROM {target}."Merged" FOR UPDATE'):
        with site.process("sync", "Merged", "--type", "mass") as process:
            site.wait_until_blocked("MERGE")
            process.send_signal(signals.interrupt)
            process.communicate(timeout=30)
        assert process.returncode == 130
        assert not site.query(
            "SELECT 1 FROM pg_stat_activity WHERE query ILIKE %s AND state = 'active'",
            f"%MERGE INTO%{site.name}%",
        )
    assert site.log("Merged")[-1].NumberRecords == -1


def test_the_next_sync_closes_the_row_of_a_killed_one_but_not_of_a_living_one(
    site, sync, eventually, signals, capsys
):
    with site.process("sync", "Stopping", "--type", "daily") as process:
        eventually(lambda: site.spool.operations() and site.log("Stopping"))
        assert sync("Stopping", "--type", "daily") == 0
        assert [row.NumberRecords for row in site.log("Stopping")] == [-2, 3000]
        assert cause(capsys) == "on_time"
        process.send_signal(signals.kill)
        process.wait(10)
    # The server notices within seconds that the process is gone.
    eventually(lambda: not is_held(site.log("Stopping")[0].OperationId, site.settings.options))
    assert cause(capsys) == "interrupted"
    assert sync("Stopping", "--type", "daily") == 0
    first = site.log("Stopping")[0]
    assert (first.NumberRecords, first.WasSuccessful) == (-1, False)
    assert "interrupted" in first.Error


def test_a_person_at_a_terminal_sees_each_step_with_its_rows(site):
    import pty

    ours, theirs = pty.openpty()
    with (
        ThreadPoolExecutor() as pool,
        site.process("sync", "Merged", "--type", "mass", stderr=theirs) as process,
    ):
        os.close(theirs)
        shown = pool.submit(everything_from, ours)
        result, _ = process.communicate(timeout=60)
        seen = shown.result(10)
    assert process.returncode == 0
    for step in ("fetch", "stage", "merge"):
        assert step in seen
    assert "2,500 of 2,500 rows" in seen
    assert "2,500 inserted" in result.splitlines()[-1]


def everything_from(descriptor):
    """Return what is written to a terminal until its other end is closed."""
    read = b""
    with contextlib.suppress(OSError):  # how Linux says that a terminal has ended
        while chunk := os.read(descriptor, 65536):
            read += chunk
    os.close(descriptor)
    return read.decode()


def test_a_success_is_logged_although_somebody_took_the_process_for_dead(site, sync):
    sync("Merged", "--type", "mass")
    site.query('UPDATE {target}."Merged" SET "Name" = NULL')
    with site.process("sync", "Merged", "--type", "mass") as process:
        with site.held('SELECT * FROM {target}."Merged" FOR UPDATE'):
            site.wait_until_blocked("MERGE")
            site.query("""UPDATE {log}."DataUpdate" SET "NumberRecords" = -1 WHERE "NumberRecords" = -2""")
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert [row.NumberRecords for row in site.log("Merged")] == [2500, -1, 2500]
