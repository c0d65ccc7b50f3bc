"""Runs one function in a process of its own and takes its time and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil


class StepFailed(RuntimeError):
    """A measured process ended with an error, whose text is the message."""


@dataclass(frozen=True)
class Measured:
    """What came of one process.

    :param result: what the function returned, through JSON
    :param seconds: the function alone: without the interpreter's start and the imports
    :param cpu_seconds: what processors worked for it meanwhile: this process, and the server of
        :func:`watch_server`. Other programs on the machine lengthen ``seconds``, but not these.
    :param peak_mib: the most physical memory that the process held at any time of its life, in MiB
    """

    result: Any
    seconds: float
    cpu_seconds: float
    peak_mib: float


_watched: list[psutil.Process] = []


def watch_server(pid: int | None) -> None:
    """Count the processor time of a server's processes in what follows; None counts no server.

    :param pid: the process that starts all others of the server, and waits for them
    """
    _watched[:] = [] if pid is None else [psutil.Process(pid)]


def server_cpu_seconds() -> float:
    """Return the processor time so far of the watched server, its finished processes included."""
    total = 0.0
    for server in _watched:
        own = server.cpu_times()
        total += own.user + own.system + own.children_user + own.children_system
        for child in server.children():
            with suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                total += times.user + times.system
    return total


def measure(module: str, function: str, **arguments: Any) -> Measured:
    """Call ``module.function(**arguments)`` in a new process.

    :param module: a module of this package
    :param arguments: anything that JSON can carry
    :raises StepFailed: with the end of what the process wrote to its standard error
    """
    before = server_cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-m", f"{__package__}.worker", module, function, json.dumps(arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StepFailed(f"{module}.{function}: {done.stderr[-3000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    found["cpu_seconds"] += server_cpu_seconds() - before
    return Measured(**found)
