"""Tells whether the log's updates still say what a target holds, so that changes may be built on them.

The log says what was done; it does not say whether the table it was done to is still that table. Pure: the
warehouse records and reads, :func:`why_broken` judges.
"""

from __future__ import annotations

from collections.abc import Mapping

from data_sync.warehouse.bookkeeping import CREATED_ANEW, NO_BASELINE, UNFINISHED
from data_sync.warehouse.interface import TargetState

GONE = "the target table does not exist"
EMPTIED = "the target is empty though the last update left rows in it"

_SHOWN = 60
"""Characters of a changed definition that a reason shows."""

_MOST_NAMED = 3
"""Changes of a definition that a reason names."""


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


def difference(before: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    """Return how a definition differs from the one that was loaded; None when it does not."""
    changes = [_change(part, before.get(part), now.get(part)) for part in sorted({*before, *now})]
    found = [change for change in changes if change]
    if not found:
        return None
    rest = len(found) - _MOST_NAMED
    named = ", ".join(found[:_MOST_NAMED]) + (f" and {rest} more changes" if rest > 0 else "")
    return f"{named} since the last full load"


def _change(part: str, before: str | None, now: str | None) -> str | None:
    if before == now:
        return None
    if before is None:
        return f"{part} was added"
    if now is None:
        return f"{part} was taken out"
    return f"{part} changed from {_shown(before)} to {_shown(now)}"


def _shown(text: str) -> str:
    one_line = " ".join(text.split())
    return repr(one_line if len(one_line) <= _SHOWN else one_line[: _SHOWN - 1] + "…")
