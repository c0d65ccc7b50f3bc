"""Timestamps as people write them: ISO 8601, in UTC unless they say otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_MARGIN = timedelta(days=2)
"""No time zone is that far from UTC, so an instant that keeps this distance exists in all of them."""

EARLIEST = datetime.min.replace(tzinfo=timezone.utc) + _MARGIN
LATEST = datetime.max.replace(tzinfo=timezone.utc) - _MARGIN


def parse_instant(text: str) -> datetime:
    """Return an ISO 8601 timestamp as aware UTC; without an offset it is taken as UTC.

    :raises ValueError: the text is not a timestamp, or one at the very ends of the calendar, where some
        time zones have no date
    """
    try:
        value = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not an ISO 8601 timestamp; write one such as 2026-01-31T06:00:00+00:00"
        ) from None
    value = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value
    # Compared as it stands: at the ends of the calendar it cannot be converted to UTC.
    if not EARLIEST <= value <= LATEST:
        raise ValueError(
            f"{text!r} is at an end of the calendar, where some time zones have no date; write one from "
            f"{EARLIEST.date()} to {LATEST.date()}"
        )
    return value.astimezone(timezone.utc)
