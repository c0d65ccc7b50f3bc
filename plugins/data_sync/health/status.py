"""The health of each table and of all together, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from data_sync.settings.update_type import UpdateType
from data_sync.updates.log_history import TableLog


class Status(str, Enum):
    """The status of a table, or of all together. Ordered from good to bad."""

    HEALTHY = "Healthy"
    DEGRADED = "Degraded"
    UNHEALTHY = "Unhealthy"


class Cause(str, Enum):
    """Why a table has its status."""

    ON_TIME = "on_time"
    DISABLED = "disabled"
    OVERDUE = "overdue"
    FAILED = "failed"
    NEVER_SYNCED = "never_synced"
    INTERRUPTED = "interrupted"
    STUCK = "stuck"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class RunFacts:
    """What Airflow knows of a table's DAG; None where nobody asked.

    :param is_paused: whether its schedule is switched off
    :param has_active_run: whether a run of it is queued or running
    :param logged_run_is_live: whether the run behind the log's running row still is; False means that it
        was interrupted
    """

    is_paused: bool | None = None
    has_active_run: bool | None = None
    logged_run_is_live: bool | None = None


@dataclass(frozen=True)
class Due:
    """When a type is due next.

    :param update_type: the type
    :param at: the instant from which it is due
    """

    update_type: UpdateType
    at: datetime


@dataclass(frozen=True)
class TableHealth:
    """The health of one table.

    :param cause: why it has this status
    :param reason: the same in a sentence for people
    :param next_due: what is due next, or overdue; None for a disabled table and one never synced
    :param overdue: by how long that is overdue; zero when it is not
    :param failures: updates that failed in a row, since the last success
    :param log: what the log holds of it
    """

    table_name: str
    source_system: str
    status: Status
    cause: Cause
    reason: str
    next_due: Due | None = None
    overdue: timedelta = timedelta(0)
    failures: int = 0
    log: TableLog = field(default_factory=TableLog)

    def as_dict(self) -> dict[str, Any]:
        """Return it ready for JSON: instants as ISO 8601 text, spans in seconds."""
        log = self.log
        return {
            "table_name": self.table_name,
            "source_system": self.source_system,
            "status": self.status.value,
            "cause": self.cause.value,
            "reason": self.reason,
            "next_due": {"update_type": self.next_due.update_type.value, "at": self.next_due.at.isoformat()}
            if self.next_due
            else None,
            "overdue_seconds": self.overdue.total_seconds(),
            "failures": self.failures,
            "failing_since": log.failing_since.isoformat() if log.failing_since else None,
            "last": {kind.value: update.as_dict() for kind, update in log.last.items()},
            "running": log.running.as_dict() if log.running else None,
            "last_failure": log.last_failure.as_dict() if log.last_failure else None,
        }


@dataclass(frozen=True)
class Health:
    """The health of all tables.

    :param status: the worst of the tables'; at least Degraded when the configuration has problems
    :param tables: each table, by name
    :param problems: what is wrong in the configuration: those data sources are not synced
    :param now: when this was judged
    """

    status: Status
    tables: Mapping[str, TableHealth]
    problems: tuple[str, ...]
    now: datetime

    @property
    def counts(self) -> dict[str, int]:
        """How many tables have each status."""
        statuses = [table.status for table in self.tables.values()]
        return {status.value: statuses.count(status) for status in Status}

    def as_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "status": self.status.value,
            "now": self.now.isoformat(),
            "counts": self.counts,
            "problems": list(self.problems),
            "tables": [table.as_dict() for table in self.tables.values()],
        }
