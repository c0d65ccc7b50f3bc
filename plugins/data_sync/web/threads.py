"""Slow reads for an event loop: on a few threads, with an end to waiting and to queueing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class TooSlow(Exception):
    """Nothing came back in time, or too much is being waited for already."""


class Threads:
    """A few threads that requests share.

    :param workers: how many calls run at once
    :param waiting: how many more may wait for their turn
    :param limit: how long a request waits for its answer
    """

    def __init__(self, workers: int, waiting: int, limit: timedelta) -> None:
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="data-sync-web")
        self._free = workers + waiting
        self._lock = Lock()
        self._limit = limit

    async def run(self, call: Callable[..., T], *arguments: Any) -> T:
        """Return what a call returns, without blocking the event loop.

        :raises TooSlow: it takes too long, or too many calls wait already
        """
        with self._lock:
            if not self._free:
                raise TooSlow
            self._free -= 1
            future = self._pool.submit(call, *arguments)
        future.add_done_callback(self._release)
        return await in_time(future, self._limit)

    def _release(self, _: Future[Any]) -> None:
        with self._lock:
            self._free += 1


class SharedRead(Generic[T]):
    """One value, read at most once at a time however many ask.

    Requests that come while it is read wait for that read; those that come within ``keep`` after it get
    the same value, or the same error. None waits longer than ``limit``, and a read that takes longer
    goes on alone: no second one starts beside it.

    :param read: reads the value; runs on a thread of its own
    :param keep: how long a value, or an error, serves
    :param limit: how long a request waits
    """

    def __init__(self, read: Callable[[], T], keep: timedelta, limit: timedelta) -> None:
        self._read = read
        self._keep = keep.total_seconds()
        self._limit = limit
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="data-sync-read")
        self._current: Future[T] | None = None
        self._stale_at = 0.0

    async def get(self) -> T:
        """Return the value without blocking the event loop.

        :raises TooSlow: it is not there in time
        """
        return await in_time(self._shared(), self._limit)

    def _shared(self) -> Future[T]:
        with self._lock:
            if self._current is None or (self._current.done() and time.monotonic() >= self._stale_at):
                self._current = self._thread.submit(self._timed)
            return self._current

    def _timed(self) -> T:
        try:
            return self._read()
        finally:
            self._stale_at = time.monotonic() + self._keep


async def in_time(future: Future[T], limit: timedelta) -> T:
    """Wait for a thread's result without blocking the event loop; giving up leaves the thread alone.

    :raises TooSlow: it is not there in time
    """
    # Cancelling the future itself would cancel it for all who share it when one request gives up.
    waiting = asyncio.shield(asyncio.wrap_future(future))
    done, _ = await asyncio.wait([waiting], timeout=limit.total_seconds())
    if not done:
        waiting.cancel()
        raise TooSlow
    return waiting.result()
