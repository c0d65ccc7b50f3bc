"""Reading something slow for many requests, without blocking and without piling up."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from threading import Event

import pytest

from data_sync.web.threads import SharedRead, Threads, TooSlow

LONG = timedelta(seconds=30)


class Reader:
    """Counts its reads; each waits until it is let go."""

    def __init__(self, *, free=True):
        self.reads = 0
        self.free = Event()
        if free:
            self.free.set()

    def __call__(self):
        self.reads += 1
        self.free.wait(10)
        return self.reads


def test_all_who_ask_at_once_share_one_read():
    reader = Reader(free=False)
    shared = SharedRead(reader, LONG, LONG)

    async def ask():
        asking = [asyncio.create_task(shared.get()) for _ in range(20)]
        await asyncio.sleep(0.05)
        reader.free.set()
        return await asyncio.gather(*asking)

    assert asyncio.run(ask()) == [1] * 20


def test_what_was_read_serves_for_a_while():
    shared = SharedRead(Reader(), timedelta(seconds=0.2), LONG)

    async def ask():
        first, second = await shared.get(), await shared.get()
        await asyncio.sleep(0.25)
        return first, second, await shared.get()

    assert asyncio.run(ask()) == (1, 1, 2)


def test_an_error_serves_as_long():
    calls = []

    def broken():
        calls.append(1)
        raise OSError("gone")

    shared = SharedRead(broken, LONG, LONG)

    async def ask():
        for _ in range(3):
            with pytest.raises(OSError, match="gone"):
                await shared.get()

    asyncio.run(ask())
    assert len(calls) == 1


def test_nobody_waits_longer_than_the_limit_and_no_second_read_starts_beside_a_slow_one():
    reader = Reader(free=False)
    shared = SharedRead(reader, timedelta(0), timedelta(seconds=0.1))

    async def ask():
        began = time.monotonic()
        answers = await asyncio.gather(*(shared.get() for _ in range(5)), return_exceptions=True)
        took = time.monotonic() - began
        more = await asyncio.gather(shared.get(), return_exceptions=True)
        reader.free.set()
        return [*answers, *more], took

    answers, took = asyncio.run(ask())
    assert all(isinstance(answer, TooSlow) for answer in answers)
    assert took < 1
    assert reader.reads == 1


def test_the_event_loop_goes_on_while_a_read_waits():
    reader = Reader(free=False)
    shared = SharedRead(reader, LONG, LONG)

    async def ask():
        asking = asyncio.create_task(shared.get())
        for _ in range(10):
            await asyncio.sleep(0.005)
        waiting = not asking.done()
        reader.free.set()
        return waiting, await asking

    assert asyncio.run(ask()) == (True, 1)


def test_one_who_gives_up_takes_nothing_from_the_others():
    reader = Reader(free=False)
    shared = SharedRead(reader, LONG, LONG)

    async def ask():
        impatient, patient = asyncio.create_task(shared.get()), asyncio.create_task(shared.get())
        await asyncio.sleep(0.02)
        impatient.cancel()
        await asyncio.sleep(0.02)
        reader.free.set()
        return await patient

    assert asyncio.run(ask()) == 1


def test_threads_refuse_what_would_only_queue():
    free = Event()
    threads = Threads(workers=1, waiting=1, limit=LONG)

    async def ask():
        calls = [asyncio.create_task(threads.run(free.wait, 10)) for _ in range(3)]
        await asyncio.sleep(0.05)
        refused = [call for call in calls if call.done()]
        free.set()
        answers = await asyncio.gather(*calls, return_exceptions=True)
        return len(refused), answers, await threads.run(sum, [1, 2])

    refused, answers, again = asyncio.run(ask())
    assert refused == 1
    assert sorted(map(str, answers)) == ["", "True", "True"]
    assert again == 3


def test_threads_pass_errors_on():
    with pytest.raises(ZeroDivisionError):
        asyncio.run(Threads(1, 1, LONG).run(divmod, 1, 0))
