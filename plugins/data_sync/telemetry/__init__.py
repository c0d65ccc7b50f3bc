"""Metrics and traces of the syncs, by OpenTelemetry, under the name "DataSync".

Switched on by the standard ``OTEL_*`` variables alone, such as ``OTEL_EXPORTER_OTLP_ENDPOINT``; while they
are unset nothing of OpenTelemetry's SDK is imported. Tasks are short-lived processes, so everything is
sent before the call returns; a collector that does not answer costs ``OTEL_EXPORTER_OTLP_TIMEOUT`` at most
and never fails a sync.
"""

from data_sync.telemetry.signals import ended, is_enabled, started
from data_sync.telemetry.steps import step
from data_sync.telemetry.sync import End, Sync

__all__ = ["End", "Sync", "ended", "is_enabled", "started", "step"]
