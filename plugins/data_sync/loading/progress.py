"""Tells the task log now and then how far a stream has come."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

EVERY = 10.0
"""Seconds between two lines."""


_WATCHER: ContextVar[Callable[[str, int], None] | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(watcher: Callable[[str, int], None]) -> Iterator[None]:
    """Call ``watcher(verb, rows)`` for all rows that are counted inside the ``with`` block."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


class Progress:
    """Counts rows and logs them with their rate, every :data:`EVERY` seconds.

    :param logger: where the lines go
    :param verb: what happens to the rows: ``fetched``
    """

    def __init__(self, logger: logging.Logger, verb: str) -> None:
        self._logger = logger
        self._verb = verb
        self._rows = 0
        self._start = self._last = time.monotonic()

    def add(self, rows: int) -> None:
        """Count rows, and log when it is time."""
        self._rows += rows
        if watcher := _WATCHER.get():
            watcher(self._verb, rows)
        now = time.monotonic()
        if now - self._last >= EVERY:
            self._last = now
            self._log(now)

    def done(self) -> None:
        """Log the total."""
        self._log(time.monotonic())

    def _log(self, now: float) -> None:
        seconds = max(now - self._start, 1e-3)
        self._logger.info(
            "%s %s rows in %.0f s, %s rows/s",
            self._verb, f"{self._rows:,}", seconds, f"{self._rows / seconds:,.0f}",
        )  # fmt: skip
