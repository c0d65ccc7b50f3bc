from __future__ import annotations

import argparse
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest

from data_sync.cli.arguments import instant
from data_sync.settings.instants import EARLIEST, LATEST, parse_instant


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-03-10T12:00:00Z", 12),
        ("2026-03-10T12:00:00+00:00", 12),
        ("2026-03-10T12:00:00.000000+02:00", 10),
        ("2026-03-10T12:00:00", 12),
        ("2026-03-10", 0),
    ],
)
def test_a_timestamp_is_utc_unless_it_says_otherwise(text, hour):
    found = parse_instant(text)
    assert (found, found.utcoffset()) == (datetime(2026, 3, 10, hour, tzinfo=timezone.utc), timedelta(0))


@pytest.mark.parametrize("text", ["", "Z", "now", "10.3.2026", "2026-03-10T25:00:00Z", "2026-Z3-10"])
def test_anything_else_is_refused_with_what_to_write(text):
    with pytest.raises(ValueError, match=r"is not an ISO 8601 timestamp; write one such as 2026-01-31T06:00"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00", "0001-01-01", "0001-01-02T23:59:59Z",
        "9999-12-30", "9999-12-31T23:59:59.999999", "9999-12-31T23:59:59-12:00",
    ],
)  # fmt: skip
def test_the_ends_of_the_calendar_are_refused(text):
    with pytest.raises(ValueError, match=r"end of the calendar.*write one from 0001-01-03 to 9999-12-29"):
        parse_instant(text)


@pytest.mark.parametrize("text", ["0001-01-03", "9999-12-29T11:59:59-12:00"])
def test_what_is_accepted_exists_in_every_time_zone(text):
    found = parse_instant(text)
    assert EARLIEST <= found <= LATEST
    assert all(found.astimezone(ZoneInfo(name)) == found for name in available_timezones())


def test_a_command_tells_the_same():
    assert instant("2026-03-10") == parse_instant("2026-03-10")
    with pytest.raises(argparse.ArgumentTypeError, match="is not an ISO 8601 timestamp"):
        instant("now")
