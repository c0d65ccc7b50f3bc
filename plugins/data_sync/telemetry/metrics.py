"""The meter "DataSync": counts of syncs, their duration and their records."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from data_sync.telemetry.exporters import make_exporter

if TYPE_CHECKING:
    from data_sync.telemetry.sync import End, Sync

SCOPE = "DataSync"

_TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"

SECONDS = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
RECORDS = (0, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)


def send_started(sync: Sync) -> None:
    """Add one to ``sync.operations.started``."""
    with sending() as meter:
        _counter(meter, "started").add(1, sync.tags)


def send_ended(sync: Sync, end: End) -> None:
    """Add one to ``completed`` or ``failed`` and record the duration and, on success, the records."""
    with sending() as meter:
        _counter(meter, "completed" if end.succeeded else "failed").add(1, sync.tags)
        meter.create_histogram(
            "sync.duration.seconds",
            "s",
            "Time from start to end",
            explicit_bucket_boundaries_advisory=SECONDS,
        ).record((end.ended_dt - end.started_dt).total_seconds(), sync.tags)
        if end.succeeded:
            meter.create_histogram(
                "sync.records.processed",
                "{record}",
                "Rows read from the source",
                explicit_bucket_boundaries_advisory=RECORDS,
            ).record(end.records, sync.tags)


def _counter(meter: Any, what: str) -> Any:
    return meter.create_counter(f"sync.operations.{what}", "{sync}", f"Syncs that {_VERBS[what]}")


_VERBS = {"started": "began", "completed": "succeeded", "failed": "failed or were interrupted"}


@contextmanager
def sending() -> Iterator[Any]:
    """Give a meter and send what was recorded on it at the end of the block."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    # A process lives for one task: its counts are differences, not totals since some start.
    os.environ.setdefault(_TEMPORALITY, "delta")
    reader = PeriodicExportingMetricReader(make_exporter("METRICS"), export_interval_millis=float("inf"))
    provider = MeterProvider([reader], shutdown_on_exit=False)
    try:
        yield provider.get_meter(SCOPE)
        provider.force_flush()
    finally:
        provider.shutdown()
