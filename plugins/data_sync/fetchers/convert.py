"""Conversions of plain source columns to what the target holds, in Arrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from data_sync.errors import ValueRejected
from data_sync.fetchers.columns import ColumnSpec

UTC_MICROSECONDS = pa.timestamp("us", "UTC")

_TRUE = pa.array(["1", "t", "true", "y", "yes", "T"])


def field_of(name: str, spec: ColumnSpec) -> pa.Field:
    """Return the Arrow field of a target column; text carries its length as metadata."""
    types: Mapping[str, pa.DataType] = {
        "integer": pa.int64(),
        "text": pa.string(),
        "float": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "time": pa.time64("us"),
        "datetime": UTC_MICROSECONDS,
    }
    if spec.kind == "decimal":
        return pa.field(name, pa.decimal128(spec.precision, spec.scale))
    metadata = {"max_length": str(spec.length)} if spec.kind == "text" else None
    return pa.field(name, types[spec.kind], metadata=metadata)


def plain(array: pa.Array, spec: ColumnSpec, zone: str, *, key: bool) -> pa.Array:
    """Convert one column of a source that stores values as databases do.

    :param zone: the zone of stamps without one
    :param key: whether the column is part of the key; keys are never turned into NULL
    """
    if spec.kind == "text":
        return text(array, keep_blank=spec.blank != "null" or key, trim=False)
    if spec.kind == "datetime":
        return to_utc(array, zone)
    if spec.kind == "boolean":
        return boolean(array)
    if spec.kind == "integer":
        return zero_to_null(array.cast(pa.int64()), wanted=spec.blank == "null" and not key)
    return array.cast(field_of("", spec).type)


def text(array: pa.Array, *, keep_blank: bool, trim: bool) -> pa.Array:
    """Return text, optionally without blanks at both ends and with empty text as NULL."""
    array = array.cast(pa.string())
    if trim:
        array = pc.utf8_trim(array, " ")
    if keep_blank:
        return array
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)


def zero_to_null(array: pa.Array, *, wanted: bool) -> pa.Array:
    """Return numbers with zero as NULL where that is wanted."""
    if not wanted:
        return array
    return pc.if_else(pc.equal(array, pa.scalar(0, array.type)), pa.scalar(None, array.type), array)


def boolean(array: pa.Array) -> pa.Array:
    """Return truth values; drivers hand them out as bits, numbers or words."""
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        known = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(array)), value_set=_TRUE)
        return pc.if_else(pc.is_valid(array), known, pa.scalar(None, pa.bool_()))
    return array.cast(pa.bool_())


def to_utc(array: pa.Array, zone: str) -> pa.Array:
    """Return stamps as UTC instants; those without a zone are wall-clock times of ``zone``.

    Of a repeated hour the earlier instant is taken. A time that a clock change skips is read as if the
    clock had not changed, as PostgreSQL and Python's zoneinfo do.
    """
    if not pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us"))
    if array.type.tz is not None:
        return array.cast(UTC_MICROSECONDS, safe=False)
    array = array.cast(pa.timestamp("us"), safe=False)
    before = pc.assume_timezone(array, zone, ambiguous="earliest", nonexistent="earliest")
    after = pc.assume_timezone(array, zone, ambiguous="earliest", nonexistent="latest")
    hour = pa.scalar(3_600_000_000, pa.duration("us"))
    shifted = pc.assume_timezone(pc.subtract(array, hour), zone, ambiguous="earliest", nonexistent="earliest")
    skipped = pc.not_equal(before, after)
    return pc.if_else(skipped, pc.add(shifted, hour), before).cast(UTC_MICROSECONDS)


def rejecting(name: str, spec: ColumnSpec, convert: Callable[[], pa.Array]) -> pa.Array:
    """Run a conversion; what Arrow refuses becomes an error that names the column.

    :raises ValueRejected: a value cannot be converted
    """
    try:
        return convert()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueRejected(
            f"column {name!r} ({'+'.join(spec.sources)}): a value is not a valid {spec.kind}: {error}"
        ) from None
