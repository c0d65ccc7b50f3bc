"""Runs one function in a process of its own and takes its time and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any


class StepFailed(RuntimeError):
    """A measured process ended with an error, whose text is the message."""


@dataclass(frozen=True)
class Measured:
    """What came of one process.

    :param result: what the function returned, through JSON
    :param seconds: the function alone: without the interpreter's start and the imports
    :param peak_mib: the most physical memory that the process held at any time of its life, in MiB
    """

    result: Any
    seconds: float
    peak_mib: float


def measure(module: str, function: str, **arguments: Any) -> Measured:
    """Call ``module.function(**arguments)`` in a new process.

    :param module: a module of this package
    :param arguments: anything that JSON can carry
    :raises StepFailed: with the end of what the process wrote to its standard error
    """
    done = subprocess.run(
        [sys.executable, "-m", f"{__package__}.worker", module, function, json.dumps(arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StepFailed(f"{module}.{function}: {done.stderr[-3000:]}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))
