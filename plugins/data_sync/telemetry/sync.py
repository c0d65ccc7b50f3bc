"""A sync as metrics and traces name it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Sync:
    """One row of the DataUpdate log, as metrics and traces name it.

    :param update_id: the row's Id
    """

    update_id: int
    table_name: str
    source_system: str
    update_type: str
    operation_id: str

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every metric and span; few values each, so that time series stay few."""
        return {
            "table": self.table_name,
            "source_system": self.source_system,
            "update_type": self.update_type,
        }


@dataclass(frozen=True)
class End:
    """How a sync ended.

    :param started_dt: when it began. Aware, UTC.
    :param ended_dt: when it ended. Aware, UTC.
    :param succeeded: whether every step of it did
    :param records: rows read from the source
    :param error: why it failed
    """

    started_dt: datetime
    ended_dt: datetime
    succeeded: bool
    records: int = 0
    error: str | None = None
