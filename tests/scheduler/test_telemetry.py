"""What a collector receives from syncs that the scheduler ran."""

from __future__ import annotations

from collections import Counter

import pytest

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(600)]

STEPS = {
    ("Swapped", "hourly"): {"fetch", "stage", "merge", "post_process"},
    ("Swapped", "mass"): {"fetch", "bulk_copy", "publish", "post_process"},
    ("Truncated", "mass"): {"fetch", "empty", "bulk_copy", "publish", "post_process"},
}


def test_every_update_of_the_log_was_told_of_once_as_started_and_once_as_ended(synced, otlp_session):
    rows = synced.warehouse(
        'SELECT "TableName", "SourceSystem", "UpdateType", "WasSuccessful" FROM data_sync."DataUpdate"'
    )
    begun = Counter(tuple(row[:3]) for row in rows)
    good = Counter(tuple(row[:3]) for row in rows if row[3])
    assert good
    assert otlp_session.counts("sync.operations.started") == begun
    assert otlp_session.counts("sync.operations.completed") == good
    assert otlp_session.counts("sync.operations.failed") == begun - good


@pytest.mark.parametrize(("table", "kind"), STEPS, ids=lambda value: value)
def test_the_steps_are_children_of_the_sync_in_the_trace_of_airflows_run(
    synced, otlp_session, otlp_attributes, table, kind
):
    run_id = synced.api.trigger(f"sync_{table}", {"update_type": kind})
    assert synced.api.wait(f"sync_{table}", run_id) == "success"
    (row,) = synced.log(table, run_id)

    def ours():
        return [span for scope, span in otlp_session.spans if scope == "DataSync"]

    (sync,) = [
        span for span in ours() if otlp_attributes(span).get("data_sync.operation_id") == row.OperationId
    ]
    assert otlp_attributes(sync)["data_sync.records"] == row.NumberRecords
    steps = [span for span in ours() if span.parent_span_id == sync.span_id]
    assert {span.name for span in steps} == STEPS[table, kind]
    assert {span.trace_id for span in steps} == {sync.trace_id}

    def workers():
        return {
            span.span_id: span.name
            for scope, span in otlp_session.spans
            if span.trace_id == sync.trace_id and span.name.startswith("worker.")
        }

    synced.wait_until(
        "Airflow has sent its spans", lambda: f"worker.{kind}.close_update" in workers().values()
    )
    for step in steps:
        linked = {workers()[link.span_id].partition("[")[0] for link in step.links}
        assert linked == {f"worker.{kind}.{step.name}"}
