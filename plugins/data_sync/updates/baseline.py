"""Tells whether the log's updates still say what a target holds, so that changes may be built on them.

The log says what was done; it does not say whether the table it was done to is still that table. Pure: the
warehouse records and reads, :func:`why_broken` judges.
"""

from __future__ import annotations

from collections.abc import Mapping

from data_sync.warehouse.bookkeeping import CREATED_ANEW, NO_BASELINE, UNFINISHED
from data_sync.warehouse.definition import difference
from data_sync.warehouse.interface import TargetState

GONE = "the target table does not exist"
EMPTIED = "the target is empty though the last update left rows in it"


def why_broken(state: TargetState, definition: Mapping[str, str]) -> str | None:
    """Return why changes cannot be built on what a target holds; None when they can.

    :param state: the target as it is, and what the last load recorded
    :param definition: what would be read now and how, as text by part
    """
    held = state.baseline
    if state.identity is None:
        return GONE
    if held is None or not held.full_reading:
        return NO_BASELINE
    if not held.is_complete:
        return UNFINISHED
    if held.identity != state.identity:
        return CREATED_ANEW
    if held.held_rows and not state.holds_rows:
        return EMPTIED
    return difference(held.definition, definition)
