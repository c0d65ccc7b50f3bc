"""Brings a fetcher's frames to one Arrow schema and numbers their rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from data_sync.errors import SchemaMismatch
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN

if TYPE_CHECKING:
    from data_sync.fetchers.base import Frames


def numbered_batches(frames: Frames) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return the schema of all frames and their rows as batches of that schema.

    The schema is the first frame's, and :data:`ROW_NUMBER_COLUMN` as its last column.

    :param frames: Arrow batches or tables, or pandas frames; the index of these is left out
    :raises SchemaMismatch: there is no frame at all; while reading: a frame does not fit the first
    """
    if isinstance(frames, pa.RecordBatchReader):
        schema, rest = frames.schema, iter(frames)
    else:
        rest = iter(frames)
        first = next(rest, None)
        if first is None:
            raise SchemaMismatch(
                "the fetcher returned no frame, so its columns are unknown; "
                "let it yield at least one frame, without rows when there are none"
            )
        schema, rest = _schema(first), chain([first], rest)
    if ROW_NUMBER_COLUMN in schema.names:
        raise SchemaMismatch(f"the fetch has a column {ROW_NUMBER_COLUMN!r}, which is reserved; rename it")
    numbered = schema.append(pa.field(ROW_NUMBER_COLUMN, pa.int64(), nullable=False))
    return numbered, _numbered(rest, schema, numbered)


def _schema(frame: Any) -> pa.Schema:
    if isinstance(frame, pa.RecordBatch | pa.Table):
        return frame.schema
    if not hasattr(frame, "columns"):
        raise SchemaMismatch(
            f"the fetcher returned a {type(frame).__name__}; yield Arrow batches or tables, or pandas frames"
        )
    return pa.Schema.from_pandas(frame, preserve_index=False).remove_metadata()


def _numbered(frames: Iterator[Any], schema: pa.Schema, numbered: pa.Schema) -> Iterator[pa.RecordBatch]:
    start = 0
    for number, frame in enumerate(frames):
        for batch in _as_batches(frame, schema, number):
            positions = pa.array(np.arange(start, start + batch.num_rows), pa.int64())
            yield pa.record_batch([*batch.columns, positions], schema=numbered)
            start += batch.num_rows


def _as_batches(frame: Any, schema: pa.Schema, number: int) -> list[pa.RecordBatch]:
    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    names = list(frame.column_names if isinstance(frame, pa.Table) else frame.columns)
    if sorted(names) != sorted(schema.names):
        missing = sorted(set(schema.names) - set(names))
        added = sorted(map(str, set(names) - set(schema.names)))
        raise SchemaMismatch(
            f"frame {number} of the fetch has other columns than the first: missing {missing}, "
            f"added {added}; "
            "yield the same columns in every frame"
        )
    try:
        if isinstance(frame, pa.Table):
            table = frame.select(schema.names)
            table = table if table.schema.equals(schema) else table.cast(schema)
        else:
            table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise SchemaMismatch(
            f"frame {number} of the fetch does not fit the types of the first "
            f"({'; '.join(map(str, error.args))}); "
            "give each column its type in every frame, such as astype('Int64') or astype('string')"
        ) from None
    return list(table.to_batches())
