"""Reading in a thread of its own: what comes, how it ends, and what a terminated task leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from data_sync.errors import SourceUnavailable
from data_sync.fetchers.odbc.background import AHEAD, Background

if TYPE_CHECKING:
    from demo.embedded_postgres import EmbeddedPostgres

ROOT = Path(__file__).parents[3]
LONG_QUERY = "SELECT count(*) /* reads for days */ FROM generate_series(1, 1000000000000)"


def numbers(count: int, closed: Callable[[], None] = lambda: None) -> Generator[int, None, None]:
    try:
        yield from range(count)
    finally:
        closed()


def test_all_items_come_in_order() -> None:
    assert list(Background(lambda: numbers(1000), patience=10)) == list(range(1000))


def test_an_error_comes_behind_the_items_before_it() -> None:
    def broken() -> Generator[int, None, None]:
        yield 1
        raise SourceUnavailable("gone")

    items = iter(Background(broken, patience=10))
    assert next(items) == 1
    with pytest.raises(SourceUnavailable, match="gone"):
        next(items)


def test_the_reader_is_ahead_by_one_item_and_no_more() -> None:
    read: list[int] = []

    def counted() -> Generator[int, None, None]:
        for number in range(100):
            read.append(number)
            yield number

    items = iter(Background(counted, patience=10))
    next(items)
    time.sleep(0.2)
    assert len(read) <= 1 + AHEAD + 1  # taken, waiting, and held in the reader's hand
    items.close()


def test_a_loop_that_ends_early_closes_the_source() -> None:
    closed = threading.Event()
    items = iter(Background(lambda: numbers(10**9, closed.set), patience=10))
    assert next(items) == 0
    items.close()
    assert closed.wait(5)


def test_a_source_that_says_nothing_counts_as_lost() -> None:
    release = threading.Event()

    def silent() -> Generator[int, None, None]:
        release.wait(30)
        yield 1

    with pytest.raises(SourceUnavailable, match="sent nothing for 0 seconds"):
        next(iter(Background(silent, patience=0.1)))
    release.set()


@pytest.mark.integration
def test_a_terminated_task_ends_its_query_at_the_source(
    odbc_source: EmbeddedPostgres, tmp_path: Path
) -> None:
    program = tmp_path / "task.py"
    program.write_text(
        "import signal, sys\n"
        "from data_sync.errors import SourceUnavailable\n"
        "from data_sync.fetchers.odbc.stream import stream\n"
        "from data_sync.settings.models import SourceSystem\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('on_kill', flush=True))\n"
        "try:\n"
        f"    stream(SourceSystem(pool='p', connection='fetcher_source'), {LONG_QUERY!r})\n"
        "except SourceUnavailable as error:\n"
        "    print(error, flush=True)\n"
    )
    task = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
    )
    try:
        with psycopg.connect(odbc_source.uri(), autocommit=True) as watcher:
            assert within(60, lambda: running(watcher) == 1)
            task.send_signal(signal.SIGTERM)
            # Airflow kills for good after five seconds; by then nothing is left to kill.
            said, _ = task.communicate(timeout=5)
            assert said.splitlines() == ["on_kill", "the task was terminated while it waited for the source"]
            assert within(10, lambda: running(watcher) == 0)
    finally:
        task.kill()


@pytest.mark.integration
def test_a_query_that_takes_too_long_is_ended_at_the_source(odbc_source: EmbeddedPostgres) -> None:
    from data_sync.fetchers.odbc.stream import stream
    from data_sync.settings.models import SourceSystem

    system = SourceSystem(pool="p", connection="fetcher_source", query_timeout="1s")
    with psycopg.connect(odbc_source.uri(), autocommit=True) as watcher:
        with pytest.raises(SourceUnavailable, match="statement timeout"):
            stream(system, LONG_QUERY)
        assert within(5, lambda: running(watcher) == 0)


def running(watcher: psycopg.Connection) -> int:
    """Return how many connections are at work on the long query."""
    found = watcher.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%reads for days%' AND state = 'active' "
        "AND pid <> pg_backend_pid()"
    ).fetchone()
    assert found is not None
    return int(found[0])


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Return whether a condition comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return condition()
