"""The signals of a whole sync: its start and its end, each sent once."""

from __future__ import annotations

import logging

from data_sync.telemetry.exporters import is_on
from data_sync.telemetry.sync import End, Sync

LOGGER = logging.getLogger(__name__)


def started(sync: Sync) -> None:
    """Count a sync that has begun."""
    if is_on("METRICS"):
        from data_sync.telemetry.metrics import send_started

        _guarded(send_started, sync)


def is_enabled() -> bool:
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
