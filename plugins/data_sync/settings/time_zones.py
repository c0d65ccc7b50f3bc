"""IANA time zone names, checked against the zones this machine knows."""

from __future__ import annotations

import difflib
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field


def check_time_zone(value: str) -> str:
    """Return ``value`` when it is the IANA name of a time zone.

    :raises ValueError: there is no such zone; names the nearest one
    """
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):  # a folder such as "America", a path, an unknown name
        near = difflib.get_close_matches(value, sorted(available_timezones()), n=1, cutoff=0.5)
        advice = near[0] if near else "America/Denver"
        raise ValueError(f"{value!r} is not a time zone; write its IANA name such as {advice}") from None
    return value


TimeZone = Annotated[str, AfterValidator(check_time_zone), Field(examples=["America/Denver", "UTC"])]
"""The IANA name of a time zone."""
