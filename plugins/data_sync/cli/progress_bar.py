"""Shows the steps of an update on the terminal, on stderr so that stdout holds the result alone."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from data_sync.cli.output import WIDE


class ProgressBar:
    """A line per step with a bar, the rows and the time; plain log lines where stderr is no terminal.

    :param verbose: show the steps' own log lines in a terminal too
    """

    def __init__(self, *, verbose: bool) -> None:
        terminal = sys.stderr.isatty()
        self._console = Console(stderr=True, width=None if terminal else WIDE)
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<16}"),
            BarColumn(),
            TextColumn("{task.fields[rows]:>24}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not terminal,
        )
        self._verbose = verbose or not terminal

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bars and the package's log for the length of the block."""
        logger = logging.getLogger("data_sync")
        handler = RichHandler(console=self._console, show_path=False, rich_tracebacks=False)
        before = logger.level, logger.propagate
        logger.addHandler(handler)
        logger.setLevel(logging.INFO if self._verbose else logging.WARNING)
        logger.propagate = False
        try:
            with self._progress:
                yield
        finally:
            logger.removeHandler(handler)
            logger.level, logger.propagate = before

    @contextmanager
    def step(self, name: str, rows: int | None) -> Iterator[Callable[[int], None]]:
        """See :class:`data_sync.loading.in_process.Watch`."""
        bar = self._progress.add_task(name, total=rows, rows="")
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            text = f"{done:,} of {rows:,} rows" if rows is not None else f"{done:,} rows"
            self._progress.update(bar, advance=count, rows=text)

        yield advance
        # A step of unknown length, or of no rows at all, is full when it is over.
        full = rows or done or 1
        self._progress.update(bar, total=full, completed=full)
