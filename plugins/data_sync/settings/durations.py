"""Durations as people write them in YAML: ``15m``, ``1h30m``, ``2w``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

PATTERN = r"^(\d{1,7}w)?(\d{1,7}d)?(\d{1,7}h)?(\d{1,7}m)?(\d{1,7}s)?$"
LONGEST = timedelta(days=3660)
"""About ten years: a longer interval is a slip, and dates so far back would leave the calendar."""

_ADVICE = "write a positive one such as 15m, 1h or 1d"
_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


def parse_duration(value: Any) -> timedelta:
    """Return the duration that a text such as ``15m``, ``90s`` or ``1h30m`` stands for.

    :param value: weeks, days, hours, minutes and seconds, in this order, each a whole number directly
        followed by ``w``, ``d``, ``h``, ``m`` or ``s``; or a timedelta of whole seconds
    :raises ValueError: anything else, zero, negative, or longer than :data:`LONGEST`
    """
    if isinstance(value, timedelta):
        duration, shown = value, str(value)
    elif isinstance(value, str) and value.strip() and re.match(PATTERN, value.strip(), re.ASCII):
        duration, shown = _add_up(value), repr(value)
    else:
        raise ValueError(f"{value!r} is not a duration; {_ADVICE}")
    if duration > LONGEST:
        raise ValueError(f"{shown} is too long a duration; write at most {LONGEST.days}d")
    if duration <= timedelta(0) or duration.microseconds:
        raise ValueError(f"{shown} is not a duration of whole seconds above zero; {_ADVICE}")
    return duration


def format_duration(value: timedelta) -> str:
    """Return the text that :func:`parse_duration` reads back as the same duration."""
    parts = []
    for letter, unit in _UNITS.items():
        if letter == "w" and value % unit:
            continue  # ten days read better as 10d than as 1w3d
        count, value = divmod(value, unit)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts)


def _add_up(text: str) -> timedelta:
    parts = re.findall(r"(\d+)([wdhms])", text)
    return sum((int(count) * _UNITS[letter] for count, letter in parts), timedelta(0))


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": PATTERN, "minLength": 2, "examples": ["15m", "1h", "1d", "1h30m"]}
    ),
]
"""A timedelta field that reads and writes ``15m``, ``1h``, ``1d``."""
