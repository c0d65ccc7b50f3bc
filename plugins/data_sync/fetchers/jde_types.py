"""JD Edwards' storage of values, converted in Arrow: CYYDDD dates, HHMMSS times, implied decimals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_sync.fetchers import convert
from data_sync.fetchers.columns import MAX_PRECISION, ColumnSpec
from data_sync.fetchers.rejected import rejected

_EPOCH = 719_162
"""Days from 0001-01-01 to 1970-01-01."""

_DAY_US = 86_400_000_000


def jde_column(
    name: str, arrays: Sequence[pa.Array], spec: ColumnSpec, zone: ZoneInfo, *, is_key: bool
) -> pa.Array:
    """Return one column of a JD Edwards table, converted.

    :param arrays: the source's one or two columns, as the driver delivers them
    :param zone: the zone in which the source stamps its rows
    :raises ValueRejected: a value does not fit the column's declaration
    """
    first = arrays[0]
    if spec.type == "text":
        return convert.padded_text(name, first, spec, is_key=is_key)
    if spec.type == "integer":
        return convert.null_zero(convert.integers(name, first), spec)
    if spec.type == "decimal":
        return convert.null_zero(implied_decimals(name, first, spec), spec)
    if spec.type == "date":
        return dates(name, first, spec)
    if spec.type == "time":
        return times(name, first, spec)
    if spec.type == "datetime" and len(arrays) == 2:
        return instants(name, first, arrays[1], spec, zone)
    return convert.plain(name, first, spec, zone)


def implied_decimals(name: str, array: pa.Array, spec: ColumnSpec) -> pa.Array:
    """Return decimals from integers whose last ``scale`` digits stand behind the point.

    Exact: the integer's digits are kept as they are and only read with another scale.

    :raises ValueRejected: a value is no whole number, or has more digits than declared
    """
    wide = convert.whole_numbers(name, array)
    shifted = pa.Array.from_buffers(
        pa.decimal128(MAX_PRECISION, spec.scale), len(wide), wide.buffers(), offset=wide.offset
    )
    wanted = pa.decimal128(spec.precision, spec.scale)
    reason = f"does not fit decimal({spec.precision},{spec.scale}); declare more digits"
    return convert.checked(name, shifted, lambda part: part.cast(wanted), reason)


def dates(name: str, array: pa.Array, spec: ColumnSpec) -> pa.Array:
    """Return dates from CYYDDD: century since 1900, year, day of the year. Zero and blank are no date.

    :raises ValueRejected: a value is no such date, unless the column says ``invalid: clear``
    """
    days, missing = _days(name, array, spec)
    return pa.array(days, mask=missing).cast(pa.date32())


def times(name: str, array: pa.Array, spec: ColumnSpec) -> pa.Array:
    """Return times of day from HHMMSS. Zero is midnight unless the column makes zero NULL.

    :raises ValueRejected: a value is no such time, unless the column says ``invalid: clear``
    """
    seconds, missing = _seconds(name, array, spec)
    if spec.keep_empty is False:
        missing = missing | (seconds == 0)
    return pa.array(seconds * 1_000_000, mask=missing).cast(pa.time64("us"))


def instants(name: str, date: pa.Array, time: pa.Array, spec: ColumnSpec, zone: ZoneInfo) -> pa.Array:
    """Return UTC instants from a date and a time that a clock in ``zone`` wrote. No date, no instant.

    A time that a clock change repeats is taken as the earlier instant; one that it skips as the
    instant of the change: see :func:`data_sync.fetchers.convert.instants`.

    :raises ValueRejected: a value is no date or time, unless the column says ``invalid: clear``
    """
    days, missing = _days(name, date, spec)
    seconds, no_time = _seconds(name, time, spec)
    # A time that had to be cleared leaves its day standing: rows keep their place in the sequence.
    seconds = np.where(no_time, 0, seconds)
    stamps = pa.array(days.astype(np.int64) * _DAY_US + seconds * 1_000_000, mask=missing)
    return convert.instants(name, stamps.cast(pa.timestamp("us")), zone)


def _days(name: str, array: pa.Array, spec: ColumnSpec) -> tuple[Any, Any]:
    """Return days since 1970 as int32, and a mask of the values that are no date."""
    value = _integers(name, array)
    year, day = 1900 + value // 1000, value % 1000
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    wrong = (value < 0) | (year > 9999) | (day < 1) | (day > 365 + leap)
    missing = value == 0
    _refuse(name, value, wrong & ~missing, spec, "is not a date of the form CYYDDD")
    before = year - 1
    days = 365 * before + before // 4 - before // 100 + before // 400 - _EPOCH + day - 1
    missing = missing | wrong
    return np.where(missing, 0, days).astype(np.int32), missing


def _seconds(name: str, array: pa.Array, spec: ColumnSpec) -> tuple[Any, Any]:
    """Return seconds since midnight, and a mask of the values that are no time."""
    value = _integers(name, array)
    hours, minutes, seconds = value // 10_000, value // 100 % 100, value % 100
    wrong = (value < 0) | (hours > 23) | (minutes > 59) | (seconds > 59)
    _refuse(name, value, wrong, spec, "is not a time of the form HHMMSS")
    return np.where(wrong, 0, hours * 3600 + minutes * 60 + seconds), wrong


def _integers(name: str, array: pa.Array) -> Any:
    """Return the integers, 0 for NULL and blank."""
    return pc.fill_null(convert.integers(name, array), 0).to_numpy(zero_copy_only=False)


def _refuse(name: str, value: Any, wrong: Any, spec: ColumnSpec, reason: str) -> None:
    if spec.invalid == "reject" and wrong.any():
        shown = int(value[int(np.argmax(wrong))])
        raise rejected(name, shown, f"{reason}; mend it in the source, or set invalid: clear for the column")
