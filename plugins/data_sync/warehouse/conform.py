"""Makes the columns of a batch fit the columns of the target table, or says which value does not."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from data_sync.errors import SchemaMismatch, ValueRejected
from data_sync.rejected_values import REFUSALS, first_refused, shown
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, Target

_WIDE = 38
"""Digits of the widest decimal128."""


def loadable(names: Sequence[str], columns: Sequence[Column]) -> list[Column]:
    """Return the target's columns that a batch with these names fills, in the batch's order.

    Columns that the server computes are left out even where the source names them.
    """
    by_name = {column.name: column for column in columns}
    return [by_name[name] for name in names if name in by_name and by_name[name].writable]


def check_schema(target: Target, schema: pa.Schema, columns: Sequence[Column]) -> None:
    """Check that a fetch with this schema can be loaded into the target.

    :raises SchemaMismatch: naming every column that does not fit, and what to do about it
    """
    by_name = {column.name: column for column in columns}
    fetched = [name for name in schema.names if name != ROW_NUMBER_COLUMN]
    problems = [_missing_in_target(name, target, by_name) for name in fetched if name not in by_name]
    problems += [
        f"the source's column {name!r} is fetched twice" for name, n in Counter(fetched).items() if n > 1
    ]
    problems += [
        f"column {name!r} of the table has type {by_name[name].sql_type}, which cannot be loaded; "
        "make it a text column, or take it out of the fetch"
        for name in fetched
        if name in by_name and _unsupported(by_name[name])
    ]
    for name in target.keys:
        if name not in fetched:
            problems.append(f"the key column {name!r} is not fetched; add it to the fetch or mend keys")
        elif name in by_name and not by_name[name].writable:
            problems.append(
                f"the key column {name!r} is filled by the server and cannot identify source rows"
            )
    stamp = target.last_update_column
    if stamp is not None and stamp not in fetched:
        problems.append(f"last_update_column {stamp!r} is not fetched; add it to the fetch or leave it out")
    problems += [
        f"column {column.name!r} of the table takes no NULL and has no default, but is not fetched"
        for column in columns
        if column.writable and not column.nullable and not column.has_default and column.name not in fetched
    ]
    if problems:
        raise SchemaMismatch(f"{target.table}: " + "; ".join(problems))


def _unsupported(column: Column) -> bool:
    return column.arrow_type is not None and pa.types.is_null(column.arrow_type)


def _missing_in_target(name: str, target: Target, by_name: dict[str, Column]) -> str:
    same_but_case = [other for other in by_name if other.casefold() == name.casefold()]
    near = same_but_case or get_close_matches(name, by_name, n=1)
    hint = f" (the table has {near[0]!r})" if near else ""
    return (
        f"the source's column {name!r} is missing from the table{hint}; "
        f"add it to {target.table}, or take it out of the fetch"
    )


def conform(reader: pa.RecordBatchReader, columns: Sequence[Column]) -> pa.RecordBatchReader:
    """Return the batches with the columns and Arrow types that the target takes.

    :param reader: batches as fetched; :data:`ROW_NUMBER_COLUMN` is passed on where it is there
    :param columns: all columns of the target
    :raises ValueRejected: while reading, at the first value that does not fit
    """
    names = [name for name in reader.schema.names if name != ROW_NUMBER_COLUMN]
    wanted = [_settled(column, reader.schema) for column in loadable(names, columns)]
    fields = [pa.field(column.name, column.arrow_type) for column in wanted]
    numbered = ROW_NUMBER_COLUMN in reader.schema.names
    if numbered:
        fields.append(pa.field(ROW_NUMBER_COLUMN, pa.int64()))
    schema = pa.schema(fields)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            arrays = [fit(batch.column(column.name), column, batch) for column in wanted]
            if numbered:
                arrays.append(batch.column(ROW_NUMBER_COLUMN))
            yield pa.record_batch(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _settled(column: Column, schema: pa.Schema) -> Column:
    """Return the column with a type where the table leaves it open (numeric without precision)."""
    if column.arrow_type is not None:
        return column
    source = schema.field(column.name).type
    return replace(column, arrow_type=source if pa.types.is_decimal(source) else pa.decimal128(_WIDE, 10))


def fit(array: pa.Array, column: Column, batch: pa.RecordBatch) -> pa.Array:
    """Return one column's values as the target takes them.

    :raises ValueRejected: naming column, row and value
    """
    try:
        fitted = convert(array, column.arrow_type)
    except REFUSALS as error:
        position = first_refused(array, lambda part: convert(part, column.arrow_type))
        raise _rejected(
            array, column, batch, position, f"is not a valid {column.sql_type} ({error})"
        ) from None
    # No text has more characters or UTF-16 units than bytes, and bytes need not be looked at to be counted.
    if column.max_length is not None and (pc.max(pc.binary_length(fitted)).as_py() or 0) > column.max_length:
        lengths = _lengths(fitted, column.length_unit)
        longest = pc.max(lengths).as_py()
        if longest > column.max_length:
            position = pc.index(lengths, pc.max(lengths)).as_py()
            unit = {"characters": "characters", "utf16": "UTF-16 units", "bytes": "bytes"}[column.length_unit]
            reason = f"has {longest:,} {unit}, {column.sql_type} takes {column.max_length:,}"
            raise _rejected(array, column, batch, position, reason)
    return fitted


def convert(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Cast without losing anything but fractions of a microsecond.

    Naive stamps are UTC. :raises pyarrow.ArrowInvalid: a value does not fit the wanted type
    """
    source = array.type
    if source.equals(wanted):
        return array
    if pa.types.is_timestamp(wanted):
        return _to_timestamp(array, wanted)
    if pa.types.is_fixed_size_binary(wanted) and pa.types.is_string(source):
        return pa.array([uuid.UUID(text).bytes if text else None for text in array.to_pylist()], wanted)
    if pa.types.is_decimal(wanted) and pa.types.is_integer(source):
        array = array.cast(pa.decimal128(_WIDE, 0)).cast(pa.decimal128(_WIDE, wanted.scale))
    fitted = array.cast(wanted)
    if _cuts_silently(source, wanted) and not fitted.cast(source).equals(array):
        raise pa.ArrowInvalid(f"{source} holds more than {wanted} can")
    return fitted


def _cuts_silently(source: pa.DataType, wanted: pa.DataType) -> bool:
    """Return whether even a safe cast drops something: a time of day, or all of a number but its truth."""
    if pa.types.is_date(wanted):
        return bool(pa.types.is_timestamp(source))
    return bool(pa.types.is_boolean(wanted) and pa.types.is_integer(source))


def _to_timestamp(array: pa.Array, wanted: pa.TimestampType) -> pa.Array:
    if not pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp(wanted.unit))
    if array.type.tz is None:
        array = pc.assume_timezone(array, "UTC")
    finer = {"s": 0, "ms": 1, "us": 2, "ns": 3}
    loses_fraction = finer[array.type.unit] > finer[wanted.unit]
    array = array.cast(pa.timestamp(wanted.unit, "UTC"), safe=not loses_fraction)
    return array.cast(wanted)


def _lengths(array: pa.Array, unit: str) -> pa.Array:
    if unit == "bytes":
        return pc.binary_length(array)
    lengths = pc.utf8_length(array)
    if unit == "utf16":
        # Characters beyond the Basic Multilingual Plane take two UTF-16 units in nvarchar.
        lengths = pc.add(lengths, pc.count_substring_regex(array, r"[\x{10000}-\x{10FFFF}]"))
    return lengths


def _rejected(
    array: pa.Array, column: Column, batch: pa.RecordBatch, position: int, reason: str
) -> ValueRejected:
    row = position
    if ROW_NUMBER_COLUMN in batch.schema.names:
        row = batch.column(ROW_NUMBER_COLUMN)[position].as_py()
    return ValueRejected(
        f"column {column.name!r}, row {row:,} of the fetch: {shown(array[position].as_py())} {reason}; "
        "widen the target column, or convert the value in the fetch"
    )
