"""Tells whether the log's updates still say what a target holds, so that changes may be built on them.

The log says what was done; it does not say whether the table it was done to is still that table. Pure: the
warehouse records and reads, :func:`why_broken` judges.
"""

from __future__ import annotations

from collections.abc import Mapping

from data_sync.warehouse.bookkeeping import why_incomplete
from data_sync.warehouse.definition import difference
from data_sync.warehouse.interface import TargetState

GONE = "the target table does not exist"


def why_broken(state: TargetState, definition: Mapping[str, str]) -> str | None:
    """Return why changes cannot be built on what a target holds; None when they can.

    :param state: the target as it is, and what the last load recorded
    :param definition: what would be read now and how, as text by part
    """
    if state.identity is None:
        return GONE
    incomplete = why_incomplete(state.baseline, state.identity, holds_rows=state.holds_rows)
    if incomplete or state.baseline is None:
        return incomplete
    return difference(state.baseline.definition, definition)
