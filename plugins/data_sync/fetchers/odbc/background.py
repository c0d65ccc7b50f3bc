"""Reads in a thread of its own, so that a blocked driver leaves the task able to be stopped.

A thread inside a driver's call runs no Python, and Python runs signal handlers in the main thread
alone. So a task that waited for its source itself would not notice being terminated.
"""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Generic, TypeVar

from data_sync.errors import SourceUnavailable

Item = TypeVar("Item")

AHEAD = 1
"""Items that wait while the reader is at work on the next one."""

_CHECK_STOPPED = 0.5


@dataclass(frozen=True)
class _End:
    """Stands behind the last item.

    :ivar error: what ended the reading; None when there is no more
    """

    error: BaseException | None


class Background(Generic[Item]):
    """Iterates over what ``read`` yields in a thread of its own, one item ahead.

    Closing it, or an exception in the loop over it, stops the reading after the item under way. A call
    that never returns does not keep the process from ending, which closes the source's connection.

    :param read: called in the thread; yields the items
    :param patience: seconds without an item after which the source counts as lost
    """

    def __init__(self, read: Callable[[], Generator[Item, None, None]], patience: float) -> None:
        self._read = read
        self._patience = patience
        self._items: queue.Queue[Item | _End] = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        # A daemon, for it may hang in the driver when the process wants to end.
        threading.Thread(target=self._run, name="data-sync-reader", daemon=True).start()

    def __iter__(self) -> Generator[Item, None, None]:
        """Yield the items.

        :raises SourceUnavailable: none came for as long as ``patience``, or the task was terminated
        """
        try:
            while True:
                item = self._next()
                if not isinstance(item, _End):
                    yield item
                elif item.error is None:
                    return
                else:
                    raise item.error
        finally:
            self._stopped.set()

    def _next(self) -> Item | _End:
        with terminated_as(SourceUnavailable("the task was terminated while it waited for the source")):
            try:
                return self._items.get(timeout=self._patience)
            except queue.Empty:
                raise SourceUnavailable(
                    f"the source sent nothing for {self._patience:,.0f} seconds; look into it, or allow "
                    "the source system a longer query_timeout"
                ) from None

    def _run(self) -> None:
        end = _End(None)
        try:
            with closing(self._read()) as items:
                for item in items:
                    if not self._put(item):
                        return
        except BaseException as error:  # noqa: BLE001 - goes on in the thread that waits for items
            end = _End(error)
        self._put(end)

    def _put(self, item: Item | _End) -> bool:
        """Hand an item over; return False when nobody wants it any more."""
        while not self._stopped.is_set():
            try:
                self._items.put(item, timeout=_CHECK_STOPPED)
            except queue.Full:
                continue
            return True
        return False


@contextmanager
def terminated_as(error: Exception) -> Iterator[None]:
    """Raise ``error`` when SIGTERM arrives inside the ``with`` block, after its handler has run.

    Airflow's handler only tells the operator, so a waiting task would wait on until it is killed. Where
    the signal ends the process anyway, or in another thread than the main one, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    if not callable(before):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        before(number, frame)
        raise error

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
