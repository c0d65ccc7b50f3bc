"""What a collector receives of a sync, and that nothing is paid or lost without one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

import pytest

from data_sync import telemetry

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)
SYNC = telemetry.Sync(7, "WorkOrder", "JDE", "Hourly", "0a1b2c3d")
TAGS = ("WorkOrder", "JDE", "Hourly")


def end(succeeded=True, **more):
    return telemetry.End(START, START + timedelta(seconds=90), succeeded, **more)


@pytest.fixture
def collector(otlp, monkeypatch):
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    for name, value in otlp.environment.items():
        monkeypatch.setenv(name, value)
    return otlp


def test_a_sync_that_succeeds_is_counted_as_started_and_completed_with_its_figures(collector):
    telemetry.started(SYNC)
    telemetry.ended(SYNC, end(records=1234))
    assert collector.counts("sync.operations.started") == {TAGS: 1}
    assert collector.counts("sync.operations.completed") == {TAGS: 1}
    assert collector.counts("sync.operations.failed") == {}
    tags = {"table": "WorkOrder", "source_system": "JDE", "update_type": "Hourly"}
    assert collector.histogram("sync.duration.seconds") == [(tags, 90.0)]
    assert collector.histogram("sync.records.processed") == [(tags, 1234.0)]


def test_a_sync_that_fails_is_counted_as_failed_and_has_no_records(collector):
    telemetry.started(SYNC)
    telemetry.ended(SYNC, end(False, error="merge: boom"))
    assert collector.counts("sync.operations.failed") == {TAGS: 1}
    assert collector.counts("sync.operations.completed") == {}
    assert len(collector.histogram("sync.duration.seconds")) == 1
    assert collector.histogram("sync.records.processed") == []


def test_counts_are_differences_since_each_comes_from_a_process_of_its_own(collector):
    telemetry.started(SYNC)
    telemetry.started(SYNC)
    assert collector.counts("sync.operations.started") == {TAGS: 2}
    delta = 1
    assert {metric.sum.aggregation_temporality for metric in collector.metrics} == {delta}


def test_a_step_is_a_child_of_its_sync_though_the_sync_is_sent_later(collector, otlp_attributes):
    with telemetry.step("merge", lambda: SYNC, {"data_sync.map_index": 3}):
        pass
    telemetry.ended(SYNC, end(records=5))
    (_, step), (_, sync) = collector.spans
    assert (step.name, sync.name) == ("merge", "sync WorkOrder")
    assert step.trace_id == sync.trace_id
    assert step.parent_span_id == sync.span_id
    assert sync.parent_span_id == b""
    assert otlp_attributes(step)["data_sync.map_index"] == 3
    assert otlp_attributes(sync)["data_sync.records"] == 5
    assert otlp_attributes(sync)["data_sync.table"] == "WorkOrder"
    assert sync.start_time_unix_nano == 1_767_323_045_678_901_000
    assert sync.end_time_unix_nano - sync.start_time_unix_nano == 90 * 10**9
    ok = 1
    assert sync.status.code == ok


def test_an_error_is_the_status_of_the_step_and_of_the_sync(collector):
    with pytest.raises(ValueError, match="boom"), telemetry.step("merge", lambda: SYNC):
        raise ValueError("boom")
    telemetry.ended(SYNC, end(False, error="merge: boom"))
    error = 2
    assert [(span.status.code, span.status.message) for _, span in collector.spans] == [
        (error, "ValueError: boom"),
        (error, "merge: boom"),
    ]


def test_another_row_of_the_same_run_is_another_span_of_the_same_trace(collector):
    telemetry.ended(SYNC, end(False, error="killed"))
    telemetry.ended(telemetry.Sync(8, "WorkOrder", "JDE", "Hourly", "0a1b2c3d"), end())
    (_, first), (_, second) = collector.spans
    assert first.trace_id == second.trace_id
    assert first.span_id != second.span_id


@pytest.mark.parametrize(
    "switch",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_METRICS_EXPORTER": "none", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_each_standard_switch_turns_it_off(collector, monkeypatch, switch):
    for name, value in switch.items():
        monkeypatch.setenv(name, value)
    telemetry.started(SYNC)
    with telemetry.step("merge", lambda: pytest.fail("asked for the sync")):
        pass
    telemetry.ended(SYNC, end())
    assert collector.metrics == collector.spans == []
    assert not telemetry.is_enabled()


def test_a_collector_that_is_down_costs_its_time_limit_and_fails_nothing(collector, monkeypatch, caplog):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    began = time.monotonic()
    telemetry.started(SYNC)
    with telemetry.step("merge", lambda: SYNC):
        pass
    telemetry.ended(SYNC, end())
    assert time.monotonic() - began < 10


def test_an_exporter_that_is_not_installed_is_named_in_a_warning(collector, monkeypatch, caplog):
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "carrier-pigeon")
    telemetry.started(SYNC)
    assert "carrier-pigeon" in caplog.text
    assert "otlp_proto_http" in caplog.text


def test_off_nothing_of_the_sdk_is_imported():
    code = (
        "import sys; from data_sync import telemetry\n"
        "sync = telemetry.Sync(7, 'WorkOrder', 'JDE', 'Hourly', '0a')\n"
        "telemetry.started(sync)\n"
        "with telemetry.step('merge', lambda: sync): pass\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    clean["PYTHONPATH"] = os.pathsep.join(sys.path)
    result = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
