"""What is told of a whole sync: started, and completed or failed, once each."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from data_sync.telemetry.exporters import is_on

LOGGER = logging.getLogger(__name__)


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


def started(sync: Sync) -> None:
    """Count a sync that has begun."""
    if is_on("METRICS"):
        from data_sync.telemetry.metrics import send_started

        _guarded(send_started, sync)


def is_told() -> bool:
    """Return whether metrics or traces have somewhere to go."""
    return is_on("METRICS") or is_on("TRACES")


def ended(sync: Sync, end: End) -> None:
    """Count a sync that has ended, with how long it took and what it brought, and send its span.

    To be called by whoever closed the sync's log row, which happens once.
    """
    if is_on("METRICS"):
        from data_sync.telemetry.metrics import send_ended

        _guarded(send_ended, sync, end)
    if is_on("TRACES"):
        from data_sync.telemetry.traces import send_sync

        _guarded(send_sync, sync, end)


def _guarded(send: object, *arguments: object) -> None:
    """Send, and let nothing that goes wrong with it touch the sync."""
    try:
        send(*arguments)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - exporters raise anything
        LOGGER.warning("telemetry was not sent: %s: %s", type(error).__name__, error)
