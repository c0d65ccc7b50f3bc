"""Emits the span of one step of a sync."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from data_sync.telemetry.exporters import is_on

if TYPE_CHECKING:
    from data_sync.telemetry.sync import Sync

LOGGER = logging.getLogger(__name__)


@contextmanager
def step(
    name: str, sync: Callable[[], Sync | None], attributes: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Send a span for the block when traces are on; an error of the block becomes its status.

    :param name: the step, such as ``merge``
    :param sync: returns the sync that the step belongs to, None when it is not known; called only when
        traces are on
    :param attributes: more about the step, such as the batch
    """
    with ExitStack() as stack:
        if is_on("TRACES"):
            try:
                found = sync()
                if found is not None:
                    from data_sync.telemetry.traces import step_span

                    stack.enter_context(step_span(name, found, attributes or {}))
            except Exception as error:  # noqa: BLE001 - a sync goes on whatever an exporter does
                LOGGER.warning("no span for %s: %s: %s", name, type(error).__name__, error)
        yield
