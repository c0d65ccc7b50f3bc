"""Finds the value that a conversion refuses, so that the message can show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data_sync.errors import ValueRejected

SHOWN = 60
"""Characters of a rejected value that a message shows."""

REFUSALS = (pa.ArrowNotImplementedError, ValueError)
"""What Arrow raises for a value that it cannot convert; its ArrowInvalid is a ValueError."""


def shown(value: Any) -> str:
    """Return a value as a message shows it."""
    text = str(value)
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def rejected(column: str, value: Any, reason: str) -> ValueRejected:
    """Return the error that names a column and shows its value."""
    return ValueRejected(f"column {column!r}: {shown(value)} {reason}")


def first_where(array: pa.Array, mask: pa.Array) -> Any:
    """Return the first value whose place in the mask is true."""
    return array[pc.index(pc.fill_null(mask, False), pa.scalar(True)).as_py()].as_py()


def first_refused(array: pa.Array, attempt: Callable[[pa.Array], Any]) -> int:
    """Return the position of the first value that ``attempt`` fails on, by halving."""
    low, high = 0, len(array)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            attempt(array.slice(low, middle - low))
            low = middle
        except REFUSALS:
            high = middle
    return low
