"""Names how two definitions of what is read differ. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_SHOWN = 60
"""Characters of a changed definition that a reason shows."""

_MOST_NAMED = 3
"""Changes of a definition that a reason names."""


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
