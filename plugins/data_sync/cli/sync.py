"""``sync``: updates one table now, in this process."""

from __future__ import annotations

import argparse
import getpass
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from data_sync.cli.arguments import add_json, chosen_sources, instant
from data_sync.cli.exit_codes import EXIT_SIGNAL
from data_sync.cli.output import say, say_json
from data_sync.errors import DataSyncError
from data_sync.project import load_settings
from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from data_sync.updates.log import Outcome
    from data_sync.updates.task import DataUpdateTask

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal ended the command.

    :param number: of the signal
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped at the terminal by {signal.Signals(number).name}")
        self.number = number


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "sync", help="update one table now, in this process, by the same steps as its DAG"
    )
    parser.add_argument("table", metavar="TABLE")
    parser.add_argument(
        "--type",
        choices=["auto", *(kind.group_id for kind in UpdateType)],
        default="auto",
        help="auto runs what is due, or the finest enabled type when nothing is",
    )
    parser.add_argument(
        "--minimum-dt", type=instant, metavar="TIME", help="read rows changed since then; ISO 8601, UTC"
    )
    parser.add_argument(
        "--maximum-dt",
        type=instant,
        metavar="TIME",
        help="with --minimum-dt: read rows changed before then; later updates do not build on it",
    )
    parser.add_argument("--allow-shrink", action="store_true", help="publish a full load however small it is")
    parser.add_argument("--requested-by", metavar="WHO", help="who asks, and why; kept in the log")
    parser.add_argument("--verbose", action="store_true", help="show the log of the steps")
    add_json(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Run the update and print what it did; Ctrl-C and SIGTERM close its log row as failed."""
    from data_sync.cli.progress_bar import ProgressBar
    from data_sync.cli.warehouse import open_log
    from data_sync.loading.in_process import Request, TerminalSync

    settings = load_settings()
    (source,) = chosen_sources(settings, [chosen.table])
    request = Request(
        update_type=None if chosen.type == "auto" else UpdateType(chosen.type.capitalize()),
        minimum_dt=chosen.minimum_dt,
        maximum_dt=chosen.maximum_dt,
        requested_by=(chosen.requested_by or _who())[:250],
        allow_shrink=chosen.allow_shrink,
    )
    bar = ProgressBar(verbose=chosen.verbose)
    began = time.monotonic()
    try:
        with _stoppable(), bar.shown():
            sync = TerminalSync(settings, source, open_log(settings.options), bar)
            task, outcome = sync.run(request)
    except (DataSyncError, Stopped) as error:
        if chosen.json:
            say_json({"table_name": chosen.table, "succeeded": False, "error": str(error)})
        if isinstance(error, DataSyncError):
            raise
        sys.stderr.write(f"{chosen.table}: {error}\n")
        return EXIT_SIGNAL + error.number
    _report(task, outcome, time.monotonic() - began, as_json=chosen.json)
    return 0


def _report(task: DataUpdateTask, outcome: Outcome, seconds: float, *, as_json: bool) -> None:
    from data_sync.loading.steps import describe
    from data_sync.warehouse.interface import Counts

    counts = outcome.counts or Counts()
    if as_json:
        say_json(
            {
                **task.to_dict(),
                "succeeded": outcome.succeeded,
                "fetched": outcome.fetched,
                **asdict(counts),
                "seconds": round(seconds, 3),
            }
        )
        return
    say(task.reason)
    say(
        f"{task.table_name}: {task.update_type.value} succeeded in {seconds:.1f} s; "
        f"{outcome.fetched or 0:,} rows fetched, {describe(counts)}"
    )


def _who() -> str:
    """Return the user and the machine."""
    with suppress(OSError, KeyError):
        return f"{getpass.getuser()}@{socket.gethostname()}"
    return "somebody at a terminal"


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn the signals that end a command into :class:`Stopped`, once only, so that the row is closed."""

    def stop(number: int, _: FrameType | None) -> NoReturn:
        for one in _STOPPING:
            signal.signal(one, signal.SIG_IGN)
        raise Stopped(number)

    before = {number: signal.signal(number, stop) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
