"""The tracer "DataSync": a span per sync with a child per step.

The spans of a sync are sent by several processes, one of which may be killed. So their ids follow from
the sync: whoever closes it sends the parent span under the id that its steps have named already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from data_sync.telemetry.exporters import make_exporter

if TYPE_CHECKING:
    from opentelemetry.trace import Span, SpanContext

    from data_sync.telemetry.sync import End, Sync

SCOPE = "DataSync"


def send_sync(sync: Sync, end: End) -> None:
    """Send the span of a whole sync."""
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, Status, StatusCode

    context = sync_context(sync)
    with sending(context) as tracer:
        task = airflow_span()
        span = tracer.start_span(
            f"sync {sync.table_name}",
            context=Context(),
            attributes={
                **_attributes(sync.tags),
                "data_sync.update_id": sync.update_id,
                "data_sync.operation_id": sync.operation_id,
                "data_sync.records": end.records,
            },
            links=[Link(task)] if task else None,
            start_time=_nanoseconds(end.started_dt),
        )
        if end.succeeded:
            span.set_status(Status(StatusCode.OK))
        else:
            span.set_status(Status(StatusCode.ERROR, (end.error or "failed")[:1000]))
        span.end(_nanoseconds(end.ended_dt))


@contextmanager
def step_span(name: str, sync: Sync, attributes: Mapping[str, Any]) -> Iterator[Span]:
    """Send the span of one step, a child of its sync's span, when the block ends."""
    from opentelemetry.trace import Link, NonRecordingSpan, Status, StatusCode, set_span_in_context

    parent = set_span_in_context(NonRecordingSpan(sync_context(sync)))
    task = airflow_span()
    with sending() as tracer:
        span = tracer.start_span(
            name,
            context=parent,
            attributes={**_attributes(sync.tags), **attributes},
            links=[Link(task)] if task else None,
        )
        try:
            yield span
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, f"{type(error).__name__}: {error}"[:1000]))
            raise
        finally:
            span.end()


def sync_context(sync: Sync) -> SpanContext:
    """Return the ids of a sync's span: in the trace of Airflow's run where that is recorded."""
    from opentelemetry.trace import SpanContext, TraceFlags

    task = airflow_span()
    return SpanContext(
        trace_id=task.trace_id if task else _id(sync.operation_id, 16),
        span_id=_id(f"{sync.operation_id}/{sync.update_id}", 8),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def airflow_span() -> SpanContext | None:
    """Return the span of the Airflow task that runs; None where Airflow records none."""
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    return context if context.is_valid and context.trace_flags.sampled else None


@contextmanager
def sending(fixed: SpanContext | None = None) -> Iterator[Any]:
    """Give a tracer and send its spans at the end of the block.

    :param fixed: the ids of the one span that is started in the block
    """
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    provider = TracerProvider(id_generator=_fixed_ids()(fixed) if fixed else None, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(make_exporter("TRACES")))
    try:
        yield provider.get_tracer(SCOPE)
    finally:
        provider.shutdown()


@cache
def _fixed_ids() -> type[Any]:
    """Return the class, made on demand since its base is not imported while traces are off."""
    from opentelemetry.sdk.trace.id_generator import IdGenerator

    class FixedIds(IdGenerator):
        """Gives the ids that a span must have."""

        def __init__(self, context: SpanContext) -> None:
            self.context = context

        def generate_span_id(self) -> int:
            return self.context.span_id

        def generate_trace_id(self) -> int:
            return self.context.trace_id

    return FixedIds


def _attributes(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"data_sync.{name}": value for name, value in tags.items()}


def _id(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big")


def _nanoseconds(value: datetime) -> int:
    return int(value.timestamp() * 1_000_000) * 1_000
