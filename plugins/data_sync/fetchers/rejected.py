"""Finds the value that a conversion refuses, so that the message can show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data_sync.errors import ValueRejected

SHOWN = 60
"""Characters of a rejected value that the message shows."""


def rejected(column: str, value: Any, reason: str) -> ValueRejected:
    """Return the error that names a column and shows its value."""
    text = str(value)
    shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return ValueRejected(f"column {column!r}: {shown!r} {reason}")


def first_where(array: pa.Array, mask: pa.Array) -> Any:
    """Return the first value whose place in the mask is true."""
    return array[pc.index(pc.fill_null(mask, False), pa.scalar(True)).as_py()].as_py()


def first_refused(array: pa.Array, attempt: Callable[[pa.Array], Any]) -> Any:
    """Return the first value that ``attempt`` fails on, by halving."""
    low, high = 0, len(array)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            attempt(array.slice(low, middle - low))
            low = middle
        except pa.ArrowInvalid:
            high = middle
    return array[low].as_py()
