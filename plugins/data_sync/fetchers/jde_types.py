"""JD Edwards' ways to store values, converted in Arrow and NumPy.

Dates are CYYDDD numbers: years since 1900, then the day of the year. Times are HHMMSS numbers. Numbers
carry implied decimals. Text is padded with blanks and never NULL; zero and blank stand for no value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_sync.errors import ValueRejected
from data_sync.fetchers.columns import ColumnSpec
from data_sync.fetchers.convert import field_of, text, to_utc, zero_to_null

_EPOCH_ORDINAL = 719_162
"""Days from 0001-01-01 to 1970-01-01."""

_DAY = 86_400


def convert(
    name: str, arrays: list[pa.Array], spec: ColumnSpec, zone: str, decimals: int, *, key: bool
) -> pa.Array:
    """Convert a JDE column, or a date and a time, to what the target holds.

    :param decimals: implied decimals of a decimal column
    :param zone: the zone of the source's clock
    :param key: keys are never turned into NULL
    :raises ValueRejected: a date or time that does not exist
    """
    first = arrays[0]
    if spec.kind == "text":
        return text(first, keep_blank=key or spec.blank == "keep", trim=True)
    if spec.kind == "integer":
        return zero_to_null(integers(first), wanted=spec.blank == "null" and not key)
    if spec.kind == "decimal":
        shifted = shift(first, decimals).cast(field_of(name, spec).type)
        return zero_to_null(shifted, wanted=spec.blank == "null" and not key)
    if spec.kind == "date":
        return dates(name, first)
    if spec.kind == "time":
        return times(name, first)
    seconds = times(name, arrays[1]) if len(arrays) > 1 else None
    return stamps(dates(name, first), seconds, zone)


def integers(array: pa.Array) -> pa.Array:
    """Return whole numbers; JDE's numbers arrive as decimals or, on SQL Server, as floats."""
    if pa.types.is_string(array.type):
        array = pc.utf8_trim(array, " ")
        array = pc.if_else(pc.equal(array, ""), "0", array)
    if pa.types.is_decimal(array.type) and array.type.scale:
        array = array.cast(pa.decimal128(38, 0))
    return array.cast(pa.int64())


def shift(array: pa.Array, decimals: int) -> pa.Array:
    """Return numbers divided by ten to the power of their implied decimals, exactly."""
    if not (pa.types.is_decimal128(array.type) and array.type.scale == 0):
        array = integers(array).cast(pa.decimal128(19, 0))
    # A decimal is a whole number and a scale; only the scale changes.
    return pa.Array.from_buffers(
        pa.decimal128(38, decimals), len(array), array.buffers(), offset=array.offset
    )


def dates(name: str, array: pa.Array) -> pa.Array:
    """Return CYYDDD numbers as dates; zero is NULL.

    :raises ValueRejected: a day that its year does not have
    """
    values, missing = _numbers(array)
    years, days = 1900 + values // 1000, values % 1000
    past = years - 1
    first_day = past * 365 + past // 4 - past // 100 + past // 400 - _EPOCH_ORDINAL
    leap = ((years % 4 == 0) & (years % 100 != 0)) | (years % 400 == 0)
    wrong = ~missing & ((values < 0) | (days < 1) | (days > 365 + leap) | (years > 9999))
    _refuse(name, values, wrong, "a CYYDDD date")
    return pa.array((first_day + days - 1).astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def times(name: str, array: pa.Array) -> pa.Array:
    """Return HHMMSS numbers as times of day; zero is midnight.

    :raises ValueRejected: a time that no clock shows
    """
    values, _ = _numbers(array)
    hours, minutes, seconds = values // 10_000, values // 100 % 100, values % 100
    wrong = (values < 0) | (hours > 23) | (minutes > 59) | (seconds > 59)
    _refuse(name, values, wrong, "an HHMMSS time")
    microseconds = (hours * 3600 + minutes * 60 + seconds) * 1_000_000
    return pa.array(microseconds, pa.int64()).cast(pa.time64("us"))


def stamps(days: pa.Array, seconds: pa.Array | None, zone: str) -> pa.Array:
    """Return a date and a time of day of the source's clock as UTC instants."""
    wall = days.cast(pa.timestamp("us"))
    if seconds is not None:
        wall = pc.add(wall, seconds.cast(pa.int64()).cast(pa.duration("us")))
    return to_utc(wall, zone)


def _numbers(array: pa.Array) -> tuple[Any, Any]:
    """Return whole numbers, and where they are zero or NULL."""
    filled = pc.fill_null(integers(array), 0)
    values = filled.to_numpy(zero_copy_only=False)
    return values, values == 0


def _refuse(name: str, values: Any, wrong: Any, what: str) -> None:
    if wrong.any():
        position = int(np.argmax(wrong))
        raise ValueRejected(
            f"column {name!r}: {int(values[position])} is not {what} ({int(wrong.sum())} such values in this "
            "part of the fetch); mend it in the source, or filter it with fetch.where"
        )
