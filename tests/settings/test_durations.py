from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sync.settings.check_interval import format_check_interval, parse_check_interval
from data_sync.settings.durations import LONGEST, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1w2d3h4m5s", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        (" 15m ", timedelta(minutes=15)),
    ],
)
def test_a_duration_is_a_sum_of_units(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-5m",
        "0m",
        "0h0m",
        "15",
        15,
        1.5,
        None,
        True,
        "1.5h",
        "15 m",
        "15M",
        "1m1h",
        "5min",
        "1h,5m",
        "١٥m",
    ],
)
def test_anything_else_is_refused_with_what_to_write(value):
    with pytest.raises(ValueError, match="write a positive one such as 15m, 1h or 1d") as error:
        parse_duration(value)
    assert repr(value) in str(error.value)


@pytest.mark.parametrize("text", ["3661d", "9999999w"])
def test_a_duration_beyond_ten_years_is_refused(text):
    with pytest.raises(ValueError, match="too long a duration; write at most 3660d"):
        parse_duration(text)


@given(st.integers(1, int(LONGEST.total_seconds())).map(lambda count: timedelta(seconds=count)))
def test_what_is_written_is_read_back(duration):
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize("text", ["10d", "2w", "1h30m", "1d12h", "90s"])
def test_durations_are_written_the_way_people_do(text):
    assert format_duration(parse_duration(text)) == {"90s": "1m30s"}.get(text, text)


@pytest.mark.parametrize("text", ["*/15 * * * *", "0 6 * * 1-5", "@hourly", "5 4 1 JAN *"])
def test_a_check_interval_may_be_a_cron_expression(text):
    assert parse_check_interval(text) == text
    assert format_check_interval(parse_check_interval(text)) == text


def test_a_check_interval_may_be_a_duration():
    assert parse_check_interval("15m") == timedelta(minutes=15)
    assert format_check_interval(timedelta(minutes=15)) == "15m"


@pytest.mark.parametrize(
    "value", ["", "often", "61 * * * *", "* * * *", "* * * * * *", "@once", "0 0 30 2 *", "-5m", 15, None]
)
def test_any_other_check_interval_is_refused_with_what_to_write(value):
    with pytest.raises(ValueError, match="write a duration such as 15m or a cron expression") as error:
        parse_check_interval(value)
    assert repr(value) in str(error.value)
