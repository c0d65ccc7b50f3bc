"""The sample sources: the same rows at every start, in the shapes of the real systems, and changing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import psycopg
import pytest

from demo import activity, sources
from demo.embedded_postgres import EmbeddedPostgres

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
SIZES = sources.Sizes.of(2000)
DENVER = NOW.astimezone(sources.JDE_ZONE)


def test_a_total_is_shared_out_and_no_table_is_nearly_empty():
    assert min(vars(sources.Sizes.of(0)).values()) == 100
    large = sources.Sizes.of(1_000_000)
    others = 4 * large.items + large.lots + 6 * large.orders + large.addresses + large.inspections
    assert others + large.movements == 1_000_000


def create(server, now=NOW, sizes=SIZES):
    sources.create_jde(server, sizes, now)
    sources.run_script(server, "cms", "cms.sql", {})
    values = {"rows": sizes.inspections, "now": now.replace(tzinfo=None)}
    sources.run_script(server, "cms", "cms_rows.sql", values)


def tables(server, database):
    with psycopg.connect(server.uri(database)) as connection:
        return [
            f"{schema}.{name}"
            for schema, name in connection.execute(
                "SELECT schemaname, tablename FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'copies') ORDER BY 1, 2"
            )
        ]


def rows(server, database, statement):
    with psycopg.connect(server.uri(database)) as connection:
        return connection.execute(statement.encode()).fetchall()


def contents(server):
    """Return all rows of both sources as text, sorted, by database and table."""
    found = {}
    for database in ("jde", "cms"):
        for table in tables(server, database):
            lines = rows(server, database, f"SELECT t::text FROM {table} t ORDER BY 1")
            found[database, table] = [line for (line,) in lines]
    return found


@pytest.fixture(scope="module")
def created(sample_server):
    create(sample_server)
    return contents(sample_server)


pytestmark = pytest.mark.integration


def test_creating_them_twice_gives_the_same_rows(sample_server, created):
    create(sample_server)
    again = contents(sample_server)
    assert list(again) == list(created)
    assert [key for key in created if again[key] != created[key]] == []
    assert all(created.values()), "every table has rows"


def test_another_start_changes_the_freshest_stamps_only(sample_server, created):
    create(sample_server, NOW + timedelta(hours=1))
    later = contents(sample_server)
    for key, before in created.items():
        changed = set(before) - set(later[key])
        assert len(later[key]) == len(before)
        assert len(changed) <= max(100, len(before) // 10), key


def test_another_size_gives_other_counts(sample_server, created):
    create(sample_server, sizes=replace(SIZES, inspections=150))
    assert rows(sample_server, "cms", "SELECT COUNT(*) FROM MISDATA") == [(150,)]


@pytest.fixture
def fresh(sample_server):
    create(sample_server)
    return sample_server


def test_jde_stores_dates_times_text_and_numbers_as_jde_does(fresh):
    (order,) = rows(
        fresh, "jde",
        "SELECT min(WASTRT), max(WASTRT), max(WATDAY), min(length(WADCTO)), min(length(WAMCU)), "
        "bool_and(WAMCU = lpad(btrim(WAMCU), 12)), count(*) FILTER (WHERE WASTRX = 0) > 0 "
        "FROM PRODDTA.F4801 WHERE WASTRT <> 0",
    )  # fmt: skip
    first, last, time, type_length, unit_length, right_justified, some_open = order
    assert 120_001 <= first <= last <= 130_366, "CYYDDD"
    assert all(1 <= int(date) % 1000 <= 366 for date in (first, last))
    assert 0 <= time <= 235_959
    assert (type_length, unit_length, right_justified) == (2, 12, True)
    assert some_open, "0 where there is no date"
    nullable = rows(
        fresh, "jde",
        "SELECT count(*) FROM information_schema.columns "
        "WHERE table_schema = 'proddta' AND is_nullable = 'YES'",
    )  # fmt: skip
    assert nullable == [(0,)], "JD Edwards has no NULL"


def test_some_rows_are_stamped_in_the_zone_of_the_source_just_now(fresh):
    today = (DENVER.year - 1900) * 1000 + DENVER.timetuple().tm_yday
    (found,) = rows(fresh, "jde", f"SELECT count(*) FROM PRODDTA.F4801 WHERE WAUPMJ = {today}")
    assert found[0] > 0


@pytest.mark.parametrize("number", [0, 1, 96])
def test_a_round_of_activity_adds_and_changes_rows_with_and_without_a_stamp(fresh, created, number):
    activity.play(fresh, number)
    after = contents(fresh)
    for key, before in created.items():
        assert len(after[key]) >= len(before), key
    (table,) = [key for key in created if key[0] == "cms"]
    late = "LAST_UPDATED < (now() AT TIME ZONE 'UTC') - interval '1 hour'"
    new = f"FROM MISDATA WHERE MIS_NUMBER LIKE 'NEW-{number}-%'"
    ((added, stamped_late),) = rows(
        fresh, "cms", f"SELECT count(*), count(*) FILTER (WHERE {late}) {new}"
    )  # fmt: skip
    assert added == len(after[table]) - len(created[table]) > 0
    assert stamped_late == 1, "a row that was committed late with an old stamp"
    unstamped = rows(fresh, "cms", "SELECT LAST_UPDATED FROM MISDATA WHERE GAUGE = 'Same stamp, new gauge'")
    assert unstamped == [(NOW.replace(tzinfo=None),)], "a row that was changed without a new stamp"


def test_two_rounds_can_be_played_one_after_the_other(fresh):
    activity.play(fresh, 1)
    once = contents(fresh)
    activity.play(fresh, 2)
    twice = contents(fresh)
    assert [key for key, before in once.items() if twice[key] == before] == []


def test_they_exist_once_they_are_created(folder):
    server = EmbeddedPostgres(folder / "server").start()
    try:
        assert not sources.exist(server)
        sources.run_script(server, "cms", "cms.sql", {})
        assert not sources.exist(server), "the CMS has no rows yet"
        create(server)
        assert sources.exist(server)
    finally:
        server.stop()
