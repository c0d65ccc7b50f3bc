"""Converts columns as an ODBC driver delivers them to the types that a column list declares.

Nothing is rounded or cut: a value that does not fit its declaration is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from data_sync.errors import ValueRejected
from data_sync.fetchers.columns import MAX_PRECISION, ColumnSpec
from data_sync.rejected_values import REFUSALS, first_refused, first_where, rejected

EXACT_FLOAT = 2**53
"""Above it a 64-bit float no longer tells neighbouring integers apart."""

LONGEST_SET_BACK = timedelta(days=1)
"""No clock was ever set back further; no zone has two changes within a day."""

_TRUE = ["1", "t", "T", "true", "TRUE", "True", "y", "Y", "yes", "YES"]
_FALSE = ["0", "f", "F", "false", "FALSE", "False", "n", "N", "no", "NO"]


def field_of(name: str, spec: ColumnSpec) -> pa.Field:
    """Return the Arrow field of a declared column; text carries ``max_length`` in its metadata."""
    if spec.type == "text":
        metadata = {"max_length": str(spec.length)} if spec.length else None
        return pa.field(name, pa.string(), metadata=metadata)
    if spec.type == "decimal":
        return pa.field(name, pa.decimal128(spec.precision, spec.scale))
    types = {
        "integer": pa.int64(),
        "float": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "time": pa.time64("us"),
        "datetime": pa.timestamp("us", "UTC"),
    }
    return pa.field(name, types[spec.type])


def padded_text(name: str, array: pa.Array, spec: ColumnSpec, *, is_key: bool) -> pa.Array:
    """Return text of a source that pads with blanks on either side and has no NULL.

    Blank text is NULL, or '' in keys and where the column keeps it.

    :raises ValueRejected: longer than the column's declared length
    """
    trimmed = pc.ascii_trim(array.cast(pa.string()), characters=" ")
    keep = is_key if spec.keep_empty is None else spec.keep_empty
    return _fitting_text(name, trimmed, spec, keep=keep)


def text(name: str, array: pa.Array, spec: ColumnSpec) -> pa.Array:
    """Return text as it is but for blanks at its end, which may be a fixed length's padding.

    Empty text stays apart from NULL unless the column makes it NULL.

    :raises ValueRejected: longer than the column's declared length
    """
    trimmed = pc.ascii_rtrim(array.cast(pa.string()), characters=" ")
    return _fitting_text(name, trimmed, spec, keep=spec.keep_empty is not False)


def _fitting_text(name: str, trimmed: pa.Array, spec: ColumnSpec, *, keep: bool) -> pa.Array:
    if spec.length is not None:
        too_long = pc.greater(pc.utf8_length(trimmed), spec.length)
        if pc.any(too_long).as_py():
            value = first_where(trimmed, too_long)
            reason = f"has {len(value):,} characters, more than text({spec.length}); declare it longer"
            raise rejected(name, value, reason)
    return trimmed if keep else pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def whole_numbers(name: str, array: pa.Array) -> pa.Array:
    """Return integers as decimal128(38, 0), exactly; blank text is NULL.

    :param array: text, integers, decimals, or floats as SQL Server's JD Edwards keeps its numbers
    :raises ValueRejected: a value has a fraction, is no number, or is a float too large to be exact
    """
    wide = pa.decimal128(MAX_PRECISION, 0)
    if pa.types.is_floating(array.type):
        inexact = pc.greater(pc.abs(array), float(EXACT_FLOAT))
        if pc.any(inexact).as_py():
            raise rejected(name, first_where(array, inexact), "is a float too large to be exact")
        return checked(name, array, lambda part: part.cast(pa.int64()).cast(wide), "is not a whole number")
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        array = blank_to_null(array)
    return checked(name, array, lambda part: part.cast(wide), "is not a whole number")


def integers(name: str, array: pa.Array) -> pa.Array:
    """Return 64-bit integers.

    :raises ValueRejected: a value is no integer of 64 bits
    """
    if pa.types.is_integer(array.type):
        return checked(name, array, lambda part: part.cast(pa.int64()), "does not fit an integer")
    reason = "does not fit an integer of 64 bits; declare it decimal"
    return checked(name, whole_numbers(name, array), lambda part: part.cast(pa.int64()), reason)


def decimals(name: str, array: pa.Array, spec: ColumnSpec) -> pa.Array:
    """Return decimals of the declared precision and scale, from numbers that have their point.

    :raises ValueRejected: a value has more digits than declared, before or after the point
    """
    wanted = pa.decimal128(spec.precision, spec.scale)
    if pa.types.is_floating(array.type):
        # The shortest text that reads back as the same float is what its writer meant.
        array = array.cast(pa.string())
    if pa.types.is_string(array.type):
        array = blank_to_null(array)
    elif pa.types.is_integer(array.type):
        array = array.cast(pa.decimal128(MAX_PRECISION, 0))
    reason = f"does not fit decimal({spec.precision},{spec.scale}); declare more digits"
    return checked(name, array, lambda part: part.cast(wanted), reason)


def null_zero(array: pa.Array, spec: ColumnSpec) -> pa.Array:
    """Return the numbers with zero made NULL where the column asks for it."""
    if spec.keep_empty is not False:
        return array
    zero = pa.scalar(0, array.type)
    return pc.if_else(pc.equal(array, zero), pa.scalar(None, array.type), array)


def booleans(name: str, array: pa.Array) -> pa.Array:
    """Return truth values, from bits, numbers 0 and 1, or text such as ``1``, ``t``, ``Y``.

    :raises ValueRejected: a value is neither true nor false
    """
    if pa.types.is_boolean(array.type):
        return array
    written = blank_to_null(array.cast(pa.string()))
    true = pc.is_in(written, pa.array(_TRUE))
    unknown = pc.and_(pc.is_valid(written), pc.invert(pc.or_(true, pc.is_in(written, pa.array(_FALSE)))))
    if pc.any(unknown).as_py():
        raise rejected(name, first_where(written, unknown), "is neither true nor false; write 1 or 0")
    return pc.if_else(pc.is_valid(written), true, pa.scalar(None, pa.bool_()))


def instants(name: str, array: pa.Array, zone: ZoneInfo, *, is_stamp: bool = False) -> pa.Array:
    """Return date-times as UTC; naive ones were written by a clock in ``zone``.

    A time that a clock change repeats is taken as the earlier instant; one that it skips, which no
    running clock shows, as the instant of the change.

    A stamp of the last change that lies in a repeated hour becomes the instant of the change too.
    Its clock may have gone back since the stamp before, and the second of two changes must not look
    older than the first: it would be taken for an old version of its row.

    :param is_stamp: the column tells when a row last changed
    :raises ValueRejected: a value is no date and time
    """
    naive = pa.timestamp("us")
    utc = pa.timestamp("us", "UTC")
    if pa.types.is_timestamp(array.type) and array.type.tz is not None:
        return array.cast(utc, safe=False)
    if pa.types.is_timestamp(array.type):
        array = array.cast(naive, safe=False)  # drops what lies below a microsecond
    array = checked(name, array, lambda part: part.cast(naive), "is not a date and time")
    earlier = pc.assume_timezone(array, timezone=zone.key, ambiguous="earliest", nonexistent="latest")
    if not is_stamp:
        return earlier.cast(utc)
    later = pc.assume_timezone(array, timezone=zone.key, ambiguous="latest", nonexistent="latest")
    repeated = pc.fill_null(pc.not_equal(earlier, later), False)
    return pc.replace_with_mask(
        earlier.cast(utc),
        repeated,
        pa.array(
            [set_back_at(instant, zone) for instant in earlier.cast(utc).filter(repeated).to_pylist()], utc
        ),
    )


def set_back_at(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which the clock is set back after one that it shows twice.

    :param instant: aware; in the first run through the repeated time
    """
    before = instant.astimezone(zone).utcoffset()
    low, high = instant, instant + LONGEST_SET_BACK
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high


def plain(
    name: str, array: pa.Array, spec: ColumnSpec, zone: ZoneInfo, *, is_stamp: bool = False
) -> pa.Array:
    """Return one column of a source that stores its values plainly, as the column list declares it.

    :param is_stamp: the column tells when a row last changed
    :raises ValueRejected: a value does not fit the declaration
    """
    if spec.type == "text":
        return text(name, array, spec)
    if spec.type == "boolean":
        return booleans(name, array)
    if spec.type == "integer":
        return null_zero(integers(name, array), spec)
    if spec.type == "decimal":
        return null_zero(decimals(name, array, spec), spec)
    wanted = field_of(name, spec).type

    def convert(part: pa.Array) -> pa.Array:
        if spec.type == "datetime":
            return instants(name, part, zone, is_stamp=is_stamp)
        return checked(name, part, lambda piece: piece.cast(wanted), f"is not a {spec.type}")

    converted = cleared(array, wanted, convert) if spec.invalid == "clear" else convert(array)
    return null_zero(converted, spec) if spec.type == "float" else converted


def cleared(array: pa.Array, wanted: pa.DataType, convert: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Return what ``convert`` makes of the array, NULL for the values that it refuses."""
    try:
        return convert(array)
    except ValueRejected:
        if len(array) == 1:
            return pa.nulls(1, wanted)
        half = len(array) // 2
        return pa.concat_arrays(
            [cleared(part, wanted, convert) for part in (array.slice(0, half), array.slice(half))]
        )


def checked(name: str, array: pa.Array, attempt: Callable[[pa.Array], pa.Array], reason: str) -> pa.Array:
    """Return what ``attempt`` makes of the array.

    :raises ValueRejected: it fails; shows the first value that it fails on
    """
    try:
        return attempt(array)
    except REFUSALS:
        raise rejected(name, array[first_refused(array, attempt)].as_py(), reason) from None


def blank_to_null(array: pa.Array) -> pa.Array:
    """Return text without the blanks round it, NULL where nothing is left."""
    trimmed = pc.ascii_trim_whitespace(array)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
