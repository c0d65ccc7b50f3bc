"""What would sync at a given instant, as which type, from when and why, and what is due next.

Pure, and built on :func:`data_sync.updates.schedule.decide` alone, as the branch of every DAG is: the two
cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from data_sync.settings.update_type import UpdateType
from data_sync.updates.schedule import Decision, History, Run, decide, due_at

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource


@dataclass(frozen=True)
class Plan:
    """What a check of one table would do.

    :param table_name: the table
    :param source_system: the system its rows come from
    :param at: when the check takes place. Aware, UTC.
    :param decision: what it would decide
    :param due: from when each enabled type is due; None for one that is due at any time, because neither it
        nor a higher one has succeeded yet, or the target has to be made complete. Empty for a disabled
        table.
    :param broken: why changes cannot be built on what the target holds, in words; None when they can
    """

    table_name: str
    source_system: str
    at: datetime
    decision: Decision
    due: Mapping[UpdateType, datetime | None]
    broken: str | None = None

    @property
    def next_due(self) -> datetime | None:
        """From when a check finds something due, as the log stands; None for a disabled table."""
        return min((at or self.at for at in self.due.values()), default=None)

    def as_dict(self) -> dict[str, Any]:
        """Return it ready for JSON, instants as ISO 8601 text."""
        decision, update_type = self.decision, self.decision.update_type
        return {
            "table_name": self.table_name,
            "source_system": self.source_system,
            "at": self.at.isoformat(),
            "update_type": update_type.value if update_type else None,
            "minimum_dt": decision.minimum_dt.isoformat() if decision.minimum_dt else None,
            "reason": decision.reason,
            "broken": self.broken,
            "next_due": self.next_due.isoformat() if self.next_due else None,
            "due": {kind.value: at.isoformat() if at else None for kind, at in self.due.items()},
        }


def plan_table(source: DataSource, history: History, at: datetime, lookback_multiplier: float) -> Plan:
    """Return what a scheduled check of a table would do.

    :param history: what happened to the table so far
    :param at: the instant of the check: the run's data interval ends there. Aware.
    :param lookback_multiplier: as in the options
    """
    enabled = [kind for kind in UpdateType if source.is_enabled and source.schedule(kind)]
    due = {kind: due_at(source, history.last, kind) for kind in enabled}
    if history.broken and history.last and enabled:
        due[enabled[0] if enabled[0] is UpdateType.MASS else enabled[-1]] = None
    pause = history.backing_off
    if pause is not None and pause.until > at:
        due = {kind: max(when or at, pause.until) for kind, when in due.items()}
    return Plan(
        source.table_name,
        source.source_system,
        at,
        decide(source, history, Run(at), lookback_multiplier),
        due,
        history.broken if history.last else None,
    )
