"""No change is lost, whatever the source's clocks do between two syncs.

Each test plays a source that stamps its rows by the clock on its wall, and a target that keeps a row's
newest version by its stamp, as the merge does.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_sync.fetchers import convert
from data_sync.fetchers.base import Window
from data_sync.fetchers.columns import ColumnSpec, read_column
from data_sync.fetchers.jde.query import JdeQuery, cyyddd, hhmmss
from data_sync.fetchers.jde.types import jde_column
from data_sync.fetchers.odbc.dialects import DIALECTS
from data_sync.fetchers.wall_clock import wall_clock_from

UTC = timezone.utc
SET_BACK = {
    "UTC": datetime(2026, 11, 1, 7, tzinfo=UTC),  # any instant: its clock is never set
    "America/Chicago": datetime(2026, 11, 1, 7, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 10, 25, 1, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, 15, tzinfo=UTC),  # by half an hour
}
SET_FORWARD = {
    "UTC": datetime(2026, 3, 8, 8, tzinfo=UTC),
    "America/Chicago": datetime(2026, 3, 8, 8, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
}
TYPE = ColumnSpec.model_validate(read_column("UPMJ+TDAY datetime"))


def on_the_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the source's clock shows, to the second, as JD Edwards writes it."""
    return instant.astimezone(zone).replace(tzinfo=None, microsecond=0, fold=0)


def read_stamp(wall: datetime, zone: ZoneInfo, *, is_stamp: bool = True) -> datetime:
    """What the fetcher makes of a stamp."""
    pair = [pa.array([cyyddd(wall)]), pa.array([hhmmss(wall)])]
    (found,) = jde_column("LastUpdateDT", pair, TYPE, zone, is_stamp=is_stamp).to_pylist()
    assert isinstance(found, datetime)
    return found


events = st.lists(
    st.tuples(st.integers(-150 * 60, 150 * 60), st.sampled_from(["change", "sync"])),
    min_size=2,
    max_size=12,
)


@pytest.mark.parametrize("changes", [SET_BACK, SET_FORWARD], ids=["set back", "set forward"])
@pytest.mark.parametrize("name", SET_BACK)
@given(happened=events)
@example(happened=[(-10 * 60, "change"), (-5 * 60, "sync"), (20 * 60, "change")])  # 01:50, then 01:20 again
@example(happened=[(-40 * 60, "change"), (-30 * 60, "sync"), (-20 * 60, "change"), (5 * 60, "sync")])
@settings(deadline=None, max_examples=60)
def test_the_target_ends_with_the_last_change(
    changes: dict[str, datetime], name: str, happened: list[tuple[int, str]]
) -> None:
    zone, middle = ZoneInfo(name), changes[name]
    source: tuple[int, datetime] | None = None
    target: tuple[int, datetime] | None = None
    synced: datetime | None = None
    for version, (seconds, what) in enumerate([*sorted(happened), (4 * 3600, "sync")]):
        now = middle + timedelta(seconds=seconds)
        if what == "change":
            source = (version, on_the_wall(now, zone))
            continue
        if source is not None and (synced is None or source[1] >= wall_clock_from(synced, zone)):
            stamp = read_stamp(source[1], zone)
            if target is None or stamp >= target[1]:
                target = (source[0], stamp)
        synced = now
    assert (target and target[0]) == (source and source[0])


@pytest.mark.parametrize("name", [name for name in SET_BACK if name != "UTC"])
def test_the_whole_repeated_hour_is_the_instant_of_the_change(name: str) -> None:
    zone, change = ZoneInfo(name), SET_BACK[name]
    first = on_the_wall(change, zone)
    last = on_the_wall(change - timedelta(seconds=1), zone)
    assert read_stamp(first, zone) == read_stamp(last, zone) == change
    assert (
        read_stamp(first - timedelta(seconds=1), zone)
        < change
        < read_stamp(last + timedelta(seconds=1), zone)
    )


def test_other_columns_than_the_stamp_keep_their_minutes() -> None:
    zone = ZoneInfo("America/Chicago")
    assert read_stamp(datetime(2026, 11, 1, 1, 20), zone, is_stamp=False) == datetime(
        2026, 11, 1, 6, 20, tzinfo=UTC
    )


@pytest.mark.parametrize("name", SET_BACK)
@given(st.lists(st.integers(-3 * 3600, 3 * 3600), min_size=2, max_size=50))
@settings(deadline=None, max_examples=40)
def test_a_plain_timestamp_is_read_like_a_pair(name: str, seconds: list[int]) -> None:
    zone = ZoneInfo(name)
    walls = [on_the_wall(SET_BACK[name] + timedelta(seconds=second), zone) for second in seconds]
    found = convert.instants("S", pa.array(walls, pa.timestamp("us")), zone, is_stamp=True).to_pylist()
    assert found == [read_stamp(wall, zone) for wall in walls]


@pytest.mark.parametrize("name", ["UTC", "America/Chicago", "Europe/Berlin"])
@given(st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1)))
@settings(deadline=None, max_examples=60)
def test_the_rendered_window_holds_the_stamps_from_its_start(name: str, start: datetime) -> None:
    zone, since = ZoneInfo(name), start.replace(tzinfo=UTC)
    after = [on_the_wall(since + timedelta(seconds=seconds), zone) for seconds in (0, 1, 59, 3600, 86_400)]
    before = wall_clock_from(since, zone) - timedelta(seconds=1)
    stamps = {(cyyddd(wall), hhmmss(wall)) for wall in after}
    future, none = (140_001, 0), (0, 0)  # rows without a stamp only come with a full read
    query = JdeQuery("F4801", "", ("UPMJ", "TDAY"), ("UPMJ", "TDAY"), {})
    with closing(sqlite3.connect(":memory:")) as source:
        source.execute("CREATE TABLE F4801 (UPMJ integer, TDAY integer)")
        rows = [*stamps, future, none, (cyyddd(before), hhmmss(before))]
        source.executemany("INSERT INTO F4801 VALUES (?, ?)", rows)
        found = source.execute(query.render(Window(since), zone, DIALECTS["generic"])).fetchall()
    assert set(found) == stamps | {future}
