"""A window in the source's own time never loses a row, whatever the clocks do."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data_sync.fetchers.wall_clock import wall_clock_before, wall_clock_from

ZONES = ["UTC", "America/Chicago", "America/Denver", "Europe/Berlin", "Australia/Lord_Howe"]
CHANGES = [datetime(2026, 11, 1, 7, tzinfo=timezone.utc), datetime(2026, 10, 25, 1, tzinfo=timezone.utc)]
instants = st.one_of(
    st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1), timezones=st.just(timezone.utc)),
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes),
        st.sampled_from(CHANGES),
        st.integers(-180, 180),
    ),
)


def stamp(instant: datetime, zone: str) -> datetime:
    """What a clock in the zone shows, to the second, as JD Edwards writes it."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0, fold=0)


@given(instants, st.integers(0, 3 * 3600), st.sampled_from(ZONES))
@example(datetime(2026, 11, 1, 6, 40, tzinfo=timezone.utc), 30 * 60, "America/Chicago")
def test_no_row_written_in_the_window_lies_below_its_lower_bound(
    start: datetime, after: int, zone: str
) -> None:
    written = start + timedelta(seconds=after)
    assert stamp(written, zone) >= wall_clock_from(start, ZoneInfo(zone))


@given(instants, st.integers(1, 3 * 3600), st.sampled_from(ZONES))
@example(datetime(2026, 11, 1, 7, 10, tzinfo=timezone.utc), 20 * 60, "America/Chicago")
def test_no_row_written_in_the_window_lies_above_its_upper_bound(
    end: datetime, before: int, zone: str
) -> None:
    written = end - timedelta(seconds=before)
    assert stamp(written, zone) < wall_clock_before(end, ZoneInfo(zone))


@given(instants, st.sampled_from(ZONES))
def test_the_bounds_lie_at_most_the_repeated_hour_away(instant: datetime, zone: str) -> None:
    shown = stamp(instant, zone)
    assert timedelta(0) <= shown - wall_clock_from(instant, ZoneInfo(zone)) <= timedelta(hours=1)
    after = wall_clock_before(instant, ZoneInfo(zone)) - shown
    assert timedelta(0) <= after <= timedelta(hours=1, seconds=1)


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2026-11-01T06:30", "2026-11-01 00:30"),  # 01:30 summer time; the clock will show 01:00 again
        ("2026-11-01T07:30", "2026-11-01 01:30"),  # 01:30 winter time
        ("2026-03-08T08:30", "2026-03-08 03:30"),  # after the hour that was skipped
    ],
)
def test_chicago_round_its_clock_changes(utc: str, expected: str) -> None:
    instant = datetime.fromisoformat(utc).replace(tzinfo=timezone.utc)
    assert wall_clock_from(instant, ZoneInfo("America/Chicago")) == datetime.fromisoformat(expected)
