"""JD Edwards' storage of values, converted in Arrow: CYYDDD dates, HHMMSS times, implied decimals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_sync.fetchers import convert
from data_sync.fetchers.columns import MAX_PRECISION, ColumnSpec
from data_sync.rejected_values import first_where, rejected

_EPOCH = 719_162
"""Days from 0001-01-01 to 1970-01-01."""

_DAY_US = 86_400_000_000
_NONE_STATED: Mapping[str, int] = MappingProxyType({})

OTHERS = "*"
"""Stands for the companies and currencies that are not listed."""


def jde_column(
    name: str,
    arrays: Sequence[pa.Array],
    spec: ColumnSpec,
    zone: ZoneInfo,
    *,
    amount_decimals: Mapping[str, int] = _NONE_STATED,
    is_key: bool = False,
    is_stamp: bool = False,
) -> pa.Array:
    """Return one column of a JD Edwards table, converted.

    :param arrays: the source's columns, as the driver delivers them and :attr:`ColumnSpec.items` lists them
    :param zone: the zone in which the source stamps its rows
    :param amount_decimals: implied decimals of amounts by company or currency; see :func:`amounts`
    :param is_key: the column is one of the table's keys
    :param is_stamp: the column tells when a row last changed
    :raises ValueRejected: a value does not fit the column's declaration
    """
    first = arrays[0]
    if spec.type == "text":
        return convert.padded_text(name, first, spec, is_key=is_key)
    if spec.type == "integer":
        return convert.null_zero(convert.integers(name, first), spec)
    if spec.type == "decimal":
        if spec.by is not None and amount_decimals:
            return convert.null_zero(amounts(name, first, arrays[1], spec, amount_decimals), spec)
        return convert.null_zero(implied_decimals(name, first, spec), spec)
    if spec.type == "date":
        return dates(name, first, spec)
    if spec.type == "time":
        return times(name, first, spec)
    if spec.type == "datetime" and len(arrays) == 2:
        return instants(name, first, arrays[1], spec, zone, is_stamp=is_stamp)
    return convert.plain(name, first, spec, zone, is_stamp=is_stamp)


def amounts(
    name: str, array: pa.Array, decider: pa.Array, spec: ColumnSpec, amount_decimals: Mapping[str, int]
) -> pa.Array:
    """Return amounts whose implied decimals differ by row, as those of the row's company or currency.

    JD Edwards stores an amount in the smallest unit of its currency, so 1000 are 10.00 dollars but
    1000 yen.

    :param decider: company or currency of each row
    :param amount_decimals: implied decimals by company or currency; ``*`` for those not listed
    :raises ValueRejected: an amount other than zero has a company or currency without decimals, or more
        digits than declared
    """
    whole = convert.whole_numbers(name, array)
    coded = pc.fill_null(pc.ascii_trim_whitespace(decider.cast(pa.string())), "").dictionary_encode()
    codes = coded.dictionary.to_pylist()
    wanted = pa.decimal128(spec.precision, spec.scale)
    merged = pa.nulls(len(whole), wanted)
    scales = [amount_decimals.get(code, amount_decimals.get(OTHERS)) for code in codes]
    for scale in sorted(set(scales), key=str):
        chosen = pa.array([one == scale for one in scales]).take(coded.indices)
        part = pc.if_else(chosen, whole, pa.scalar(None, whole.type))
        if scale is None:
            _refuse_amounts(name, part, coded, spec)
            scale = 0  # nothing but zeros, which need no decimals
        merged = pc.coalesce(merged, _shifted(name, part, scale, wanted))
    return merged


def _refuse_amounts(name: str, whole: pa.Array, coded: pa.DictionaryArray, spec: ColumnSpec) -> None:
    unknown = pc.fill_null(pc.not_equal(whole, pa.scalar(0, whole.type)), False)
    if pc.any(unknown).as_py():
        code = first_where(coded.cast(pa.string()), unknown)
        raise rejected(
            name,
            first_where(whole, unknown),
            f"is an amount of {spec.by} {code!r}, whose decimals are not known; write them, or those of "
            "all others as '*', in site.amount_decimals, or read the site's facts again",
        )


def implied_decimals(name: str, array: pa.Array, spec: ColumnSpec) -> pa.Array:
    """Return decimals from integers whose last ``scale`` digits stand behind the point.

    Exact: the integer's digits are kept as they are and only read with another scale.

    :raises ValueRejected: a value is no whole number, or has more digits than declared
    """
    wide = convert.whole_numbers(name, array)
    return _shifted(name, wide, spec.scale, pa.decimal128(spec.precision, spec.scale))


def _shifted(name: str, whole: pa.Array, scale: int, wanted: pa.DataType) -> pa.Array:
    """Return whole numbers as decimals whose last ``scale`` digits stand behind the point."""
    shifted = pa.Array.from_buffers(
        pa.decimal128(MAX_PRECISION, scale), len(whole), whole.buffers(), offset=whole.offset
    )
    reason = f"does not fit decimal({wanted.precision},{wanted.scale}); declare more digits"
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
    missing = missing | nulls_of(array)
    if spec.keep_empty is False:
        missing = missing | (seconds == 0)
    return pa.array(seconds * 1_000_000, mask=missing).cast(pa.time64("us"))


def instants(
    name: str,
    date: pa.Array,
    time: pa.Array,
    spec: ColumnSpec,
    zone: ZoneInfo,
    *,
    is_stamp: bool = False,
) -> pa.Array:
    """Return UTC instants from a date and a time that a clock in ``zone`` wrote. No date, no instant.

    What becomes of the times that a clock change repeats or skips:
    see :func:`data_sync.fetchers.convert.instants`.

    :raises ValueRejected: a value is no date or time, unless the column says ``invalid: clear``
    """
    days, missing = _days(name, date, spec)
    seconds, no_time = _seconds(name, time, spec)
    # A time that had to be cleared leaves its day standing: rows keep their place in the sequence.
    seconds = np.where(no_time, 0, seconds)
    stamps = pa.array(days.astype(np.int64) * _DAY_US + seconds * 1_000_000, mask=missing)
    return convert.instants(name, stamps.cast(pa.timestamp("us")), zone, is_stamp=is_stamp)


def nulls_of(array: pa.Array) -> Any:
    """Return a mask of the values that are NULL or blank text."""
    blank = convert.blank_to_null(array) if pa.types.is_string(array.type) else array
    return pc.is_null(blank).to_numpy(zero_copy_only=False)


def _days(name: str, array: pa.Array, spec: ColumnSpec) -> tuple[Any, Any]:
    """Return days since 1970 as int32, and a mask of the values that are no date."""
    value, no_number = _integers(name, array, spec)
    year, day = 1900 + value // 1000, value % 1000
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    wrong = (value < 0) | (year > 9999) | (day < 1) | (day > 365 + leap)
    missing = value == 0
    _refuse(name, value, wrong & ~missing, spec, "is not a date of the form CYYDDD")
    before = year - 1
    days = 365 * before + before // 4 - before // 100 + before // 400 - _EPOCH + day - 1
    missing = missing | wrong | no_number
    return np.where(missing, 0, days).astype(np.int32), missing


def _seconds(name: str, array: pa.Array, spec: ColumnSpec) -> tuple[Any, Any]:
    """Return seconds since midnight, and a mask of the values that are no time."""
    value, no_number = _integers(name, array, spec)
    hours, minutes, seconds = value // 10_000, value // 100 % 100, value % 100
    wrong = (value < 0) | (hours > 23) | (minutes > 59) | (seconds > 59)
    _refuse(name, value, wrong, spec, "is not a time of the form HHMMSS")
    wrong = wrong | no_number
    return np.where(wrong, 0, hours * 3600 + minutes * 60 + seconds), wrong


def _integers(name: str, array: pa.Array, spec: ColumnSpec) -> tuple[Any, Any]:
    """Return the integers, 0 for NULL and blank, and a mask of the values that are no number at all.

    :raises ValueRejected: a value is no number, unless the column says ``invalid: clear``
    """
    if spec.invalid == "reject":
        numbers = convert.integers(name, array)
        no_number = np.zeros(len(numbers), dtype=bool)
    else:
        readable = _numbers_alone(array) if pa.types.is_string(array.type) else array
        numbers = convert.cleared(readable, pa.int64(), lambda part: convert.integers(name, part))
        no_number = pc.is_null(numbers).to_numpy(zero_copy_only=False) & ~nulls_of(array)
    return pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False), no_number


def _numbers_alone(array: pa.Array) -> pa.Array:
    """Return text with NULL for what is no whole number: at once, where ``cleared`` searches for each."""
    whole = pc.match_substring_regex(array, r"^\s*[+-]?[0-9]{1,18}(\.0*)?\s*$")
    return pc.if_else(whole, array, pa.scalar(None, array.type))


def _refuse(name: str, value: Any, wrong: Any, spec: ColumnSpec, reason: str) -> None:
    if spec.invalid == "reject" and wrong.any():
        shown = int(value[int(np.argmax(wrong))])
        raise rejected(name, shown, f"{reason}; mend it in the source, or set invalid: clear for the column")
