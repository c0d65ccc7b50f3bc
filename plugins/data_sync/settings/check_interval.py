"""The check interval: how often a DAG looks for due updates, as a duration or a cron expression."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any

from croniter import croniter
from croniter.croniter import CroniterError
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from data_sync.settings import durations

_ADVICE = "write a duration such as 15m or a cron expression such as '*/15 * * * *'"
_FIELDS = 5
_ANY_DAY = datetime(2024, 1, 1, tzinfo=timezone.utc)


def parse_check_interval(value: Any) -> timedelta | str:
    """Return a duration as a timedelta and a cron expression as text.

    :param value: as for :func:`data_sync.settings.durations.parse_duration`, or a cron expression of
        five fields, or one of the presets such as ``@hourly``
    :raises ValueError: neither, or a cron expression that never comes true
    """
    text = value.strip() if isinstance(value, str) else ""
    if not text.startswith("@") and len(text.split()) != _FIELDS:
        try:
            return durations.parse_duration(value)
        except ValueError as error:
            if "too long" in str(error):
                raise
            raise ValueError(f"{value!r} is not a check interval; {_ADVICE}") from None
    try:
        croniter(text, _ANY_DAY).get_next(datetime)
    except (CroniterError, ValueError) as error:
        raise ValueError(f"{value!r} is not a check interval ({error}); {_ADVICE}") from None
    return text


def format_check_interval(value: timedelta | str) -> str:
    """Return the text that :func:`parse_check_interval` reads back."""
    return durations.format_duration(value) if isinstance(value, timedelta) else value


CheckInterval = Annotated[
    timedelta | str,
    PlainValidator(parse_check_interval),
    PlainSerializer(format_check_interval, return_type=str),
    WithJsonSchema({"type": "string", "minLength": 2, "examples": ["15m", "1h", "*/15 * * * *"]}),
]
"""A field that holds a timedelta or a valid cron expression."""
