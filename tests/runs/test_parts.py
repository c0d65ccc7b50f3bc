"""A full load whose source is read in parts: what runs, what arrives, and what a failure costs."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.integration

CMS = {
    "fetcher": "cms",
    "create_table": True,
    "last_update_column": "Changed",
}


def divided(site, table, rows=500, mass=None, allow_empty=False, **fetch):
    """Make a table of the source with numbered rows, some of them without a number."""
    site.query(f"CREATE TABLE {{source}}.{table} (id integer, part integer, changed timestamp)")
    numbered = f"SELECT n, NULLIF(n, 7), timestamp '2026-03-01' FROM generate_series(1, {rows}) n"
    site.query(f"INSERT INTO {{source}}.{table} {numbered}")
    settings = {
        "table": f"{site.name}_source.{table}",
        "cursor": "changed",
        "columns": {"Id": "id integer", "Part": "part integer", "Changed": "changed datetime"},
        "partition_by": "part",
        "partitions": 3,
        **fetch,
    }
    mass = mass or {"interval": "7d", "prepurge_data": True}
    return site.source(table, **CMS, fetch=settings, mass=mass, allow_empty=allow_empty)


def parts_of(step, count):
    return {f"mass.parts.{step}[{number}]" for number in range(count)}


@pytest.mark.parametrize(
    ("mass", "step", "last"),
    [
        ({"interval": "7d", "prepurge_data": True}, "bulk_copy", "publish"),
        ({"interval": "7d"}, "stage", "merge"),
    ],
)
def test_each_part_is_read_and_staged_and_all_are_loaded_at_once(site, mass, step, last):
    table = divided(site, f"divided_{last}", mass=mass)
    run = site.run(table)
    assert run.state == "success", run.output[-5000:]
    assert set(run.states("mass.")) == {
        "mass.open_update", "mass.plan_parts", *parts_of("fetch", 3), *parts_of(step, 3), f"mass.{last}",
        "mass.close_update",
    }  # fmt: skip
    assert site.query(f'SELECT COUNT(*), SUM("Id") FROM {{target}}."{table}"') == [(500, 500 * 501 // 2)]
    (row,) = site.log(table)
    assert (row.WasSuccessful, row.RowsFetched, row.RowsStaged, row.RowsInserted) == (True, 500, 500, 500)
    assert row.SourceReadDT is not None
    assert site.staging_tables(table) == []
    assert list((site.folder / "spool" / table).rglob("*.parquet")) == []


def test_smaller_updates_are_read_whole(site):
    table = divided(site, "divided_hourly")
    site.run(table)
    assert "hourly.fetch" in site.run(table).states("hourly.")


def test_a_source_without_rows_is_one_part(site):
    table = divided(site, "divided_empty", rows=0, allow_empty=True)
    run = site.run(table)
    assert run.state == "success", run.output[-5000:]
    assert parts_of("fetch", 1) <= set(run.states())
    assert site.query(f'SELECT COUNT(*) FROM {{target}}."{table}"') == [(0,)]


def test_a_part_that_fails_fails_the_update_and_leaves_the_table_alone(site):
    table = divided(site, "divided_broken")
    assert site.run(table).state == "success"
    site.query(f"ALTER TABLE {{source}}.{table} ALTER COLUMN id TYPE text")
    site.query(f"UPDATE {{source}}.{table} SET id = 'no number' WHERE part = 400")
    run = site.run(table, update_type="mass")
    assert run.state == "failed"
    failed = {name for name, state in run.states("mass.parts.fetch").items() if state == "failed"}
    assert failed == {"mass.parts.fetch[2]"}
    row = site.log(table)[-1]
    assert row.WasSuccessful is False
    assert "mass.parts.fetch[2]: ValueRejected: column 'Id': 'no number'" in row.Error
    assert site.query(f'SELECT COUNT(*) FROM {{target}}."{table}"') == [(500,)]
