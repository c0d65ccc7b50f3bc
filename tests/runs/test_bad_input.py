"""Bad input while a table is synced: the log says what to do, the target is untouched, nothing is lost.

Each test breaks one table, shows that its target keeps what it held, mends the cause and shows that the
next run brings everything. What is wrong in the configuration itself is found when it is loaded, and
tested there:

- unknown field, wrong type, unknown source system, unimportable fetcher, no key columns, duplicate table,
  negative interval: ``tests/settings/test_load.py`` and ``test_models.py``; their place in Airflow's UI:
  ``tests/dags/test_files.py``
- missing SQL file: ``tests/fetchers/test_registry.py`` and ``tests/post_processors/test_registry.py``
- the same values on each warehouse, one layer down: ``tests/warehouse/test_stage.py`` (too long, out of
  range, NULL key), ``test_conform.py`` (missing columns), ``test_housekeeping.py`` (unreachable)
- a full disk without the right to mount one: ``tests/test_spool.py``
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

STAMPED = {"last_update_column": "Changed"}


@pytest.fixture
def orders(site):
    """A source table with three rows, synced once; every update reads all rows that changed since."""
    site.query('DROP TABLE IF EXISTS {source}."Orders"')
    site.query(
        'CREATE TABLE {source}."Orders" ("Id" bigint, "Code" text, "Size" integer, '
        '"Changed" timestamptz DEFAULT now())'
    )
    site.query('DROP TABLE IF EXISTS {target}."Orders"')
    site.query(
        'CREATE TABLE {target}."Orders" ("Id" bigint PRIMARY KEY, "Code" varchar(5), "Size" smallint, '
        '"Changed" timestamptz)'
    )
    site.source("Orders", **STAMPED)
    change(site, (1, "a", 1), (2, "b", 2), (3, "c", 3))
    assert site.run("Orders").state == "success"
    return "Orders"


def change(site, *rows):
    for row in rows:
        site.query('INSERT INTO {source}."Orders" VALUES (%s, %s, %s)', *row)


def held(site):
    return site.query('SELECT "Id", "Code", "Size" FROM {target}."Orders" ORDER BY "Id"')


SYNCED = [(1, "a", 1), (2, "b", 2), (3, "c", 3)]


def fails(site, *told, task=None, environment=None):
    """Run the table's DAG, which fails, keeps the target and tells what it should; return the run."""
    before = held(site)
    run = site.run("Orders", environment)
    assert run.state == "failed", run.output[-3000:]
    assert held(site) == before
    if task:
        row = site.log("Orders")[-1]
        assert (row.NumberRecords, row.WasSuccessful, row.RunId) == (-1, False, run.run_id)
        assert row.Error.startswith(f"{task}: "), row.Error
    for text in told:
        assert text in (row.Error if task else run.output)
    return run


def recovers(site, expected):
    """The next run brings what the failed one did not, and leaves nothing behind."""
    run = site.run("Orders")
    assert run.state == "success", run.output[-3000:]
    assert held(site) == expected


def other_table_syncs(site, environment=None):
    site.source(
        "Other", fetcher="sample", fetch={"rows": 10}, last_update_column="LastUpdateDT", create_table=True
    )
    assert site.run("Other", environment).state == "success"
    assert site.log("Other")[-1].NumberRecords == 10


def test_a_source_column_that_the_target_lacks(site, orders):
    change(site, (4, "d", 4))
    site.query('ALTER TABLE {source}."Orders" ADD "Coode" text')
    fails(
        site,
        "'Coode' is missing from the table (the table has 'Code'); add it",
        "or take it out",
        task="hourly.fetch",
    )
    other_table_syncs(site)
    site.query('ALTER TABLE {target}."Orders" ADD "Coode" text')
    recovers(site, [*SYNCED, (4, "d", 4)])


def test_a_key_that_the_source_lacks(site, orders):
    change(site, (4, "d", 4))
    site.query('ALTER TABLE {source}."Orders" RENAME "Id" TO "Number"')
    fails(site, "'Id'", task="hourly.fetch")
    site.query('ALTER TABLE {source}."Orders" RENAME "Number" TO "Id"')
    recovers(site, [*SYNCED, (4, "d", 4)])


def test_a_text_that_is_too_long(site, orders):
    change(site, (4, "d", 4), (5, "sixsix", 5))
    fails(site, "'Code'", "'sixsix'", "5", task="hourly.stage[0]")
    other_table_syncs(site)
    site.query('ALTER TABLE {target}."Orders" ALTER "Code" TYPE varchar(6)')
    recovers(site, [*SYNCED, (4, "d", 4), (5, "sixsix", 5)])


def test_a_number_that_is_out_of_range(site, orders):
    change(site, (4, "d", 40_000))
    fails(site, "'Size'", "40000", task="hourly.stage[0]")
    other_table_syncs(site)
    site.query('ALTER TABLE {target}."Orders" ALTER "Size" TYPE integer')
    recovers(site, [*SYNCED, (4, "d", 40_000)])


def test_a_key_without_a_value(site, orders):
    change(site, (None, "d", 4), (5, "e", 5))
    fails(site, "'Id'", "NULL", task="hourly.stage[0]")
    other_table_syncs(site)
    site.query('UPDATE {source}."Orders" SET "Id" = 4 WHERE "Id" IS NULL')
    recovers(site, [*SYNCED, (4, "d", 4), (5, "e", 5)])


def test_a_bad_value_in_a_full_load_keeps_the_whole_table(site, orders):
    site.query('UPDATE {source}."Orders" SET "Code" = %s WHERE "Id" = 2', "sixsix")
    run = site.run("Orders", update_type="mass")
    assert run.state == "failed"
    assert "'Code'" in site.log("Orders")[-1].Error
    assert held(site) == SYNCED
    site.query('UPDATE {source}."Orders" SET "Code" = %s WHERE "Id" = 2', "six")
    assert site.run("Orders", update_type="mass").state == "success"
    assert held(site) == [(1, "a", 1), (2, "six", 2), (3, "c", 3)]


def test_a_missing_target_table(site, orders):
    site.query('ALTER TABLE {target}."Orders" RENAME TO "Away"')
    run = site.run("Orders")
    assert run.state == "failed"
    error = site.log("Orders")[-1].Error
    assert f"table {site.name}.Orders does not exist in the warehouse; create it" in error
    assert "create_table: true" in error
    site.query('ALTER TABLE {target}."Away" RENAME TO "Orders"')
    recovers(site, SYNCED)


def test_an_unreachable_source_is_tried_again_and_shows_no_password(site, orders):
    change(site, (4, "d", 4))
    site.options(retries=1)
    gone = {"AIRFLOW_CONN_RUNS_SOURCE": json.dumps(site.odbc(port=9, password="geheim-47"))}
    run = fails(site, "SourceUnavailable", "'runs_source'", task="hourly.fetch", environment=gone)
    assert run.tasks["hourly.fetch"] == ["failed", 2]
    assert "geheim-47" not in run.output
    other_table_syncs(site)
    recovers(site, [*SYNCED, (4, "d", 4)])


def test_what_a_retry_cannot_mend_is_not_tried_again(site, orders):
    site.options(retries=1)
    change(site, (4, "sixsix", 4))
    run = fails(site, task="hourly.stage[0]")
    assert run.tasks["hourly.stage[0]"] == ["failed", 1]


def test_a_missing_connection_names_it(site, orders):
    site.options(source_systems={"ERP": {"pool": "erp", "connection": "runs_sorce"}})
    # Another connection may lead to another database, so everything would be read anew.
    fails(site, "runs_sorce", task="mass.fetch")


def test_an_unreachable_warehouse_fails_the_run_before_anything_is_read(site, orders):
    change(site, (4, "d", 4))
    gone = {"AIRFLOW_CONN_RUNS_WAREHOUSE": "postgres://me:geheim-47@127.0.0.1:9/cache"}
    run = fails(site, "WarehouseUnavailable: the warehouse could not be reached", environment=gone)
    assert run.tasks["choose_update"] == ["failed", 1]
    assert set(run.states().values()) == {"failed", "upstream_failed"}
    assert "geheim-47" not in run.output
    recovers(site, [*SYNCED, (4, "d", 4)])


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here, which takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_spool_disk(site, orders):
    site.query(
        'INSERT INTO {source}."Orders" SELECT i, substr(md5(i::text), 1, 5), i % 30000 '
        "FROM generate_series(4, 20000) AS i"
    )
    site.options(batch_size=5000)
    with small_disk(site.folder / "small") as disk:
        full = {"DATA_SYNC_SPOOL": str(disk)}
        fails(
            site, "TransientError: the spool", "is full", "No space left", "DATA_SYNC_SPOOL",
            task="hourly.fetch", environment=full,
        )  # fmt: skip
        assert list(disk.rglob("*.parquet")) == []
        other_table_syncs(site, full)
    run = site.run("Orders")
    assert run.state == "success"
    assert site.query('SELECT COUNT(*) FROM {target}."Orders"') == [(20_000,)]
