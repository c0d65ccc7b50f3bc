"""Reads the command line and runs the command it names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from data_sync.cli import (
    apply_settings,
    dictionary,
    jde_facts,
    plan,
    preview,
    schema,
    sources,
    status,
    sync,
    validate,
)
from data_sync.cli.exit_codes import EXIT_FAILED, EXIT_TRY_AGAIN
from data_sync.errors import DataSyncError, TransientError

COMMANDS = (
    plan,
    status,
    sync,
    sources,
    preview,
    validate,
    schema,
    dictionary,
    jde_facts,
    apply_settings,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; see :mod:`data_sync.cli.exit_codes`.

    :param arguments: what stands behind the program's name; None takes it from the process
    """
    parser = argparse.ArgumentParser(prog="python -m data_sync", description="DataSync's command line.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    chosen = parser.parse_args(arguments)
    try:
        result: int = chosen.run(chosen)
    except DataSyncError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_TRY_AGAIN if isinstance(error, TransientError) else EXIT_FAILED
    except BrokenPipeError:
        # The reader, such as head, has seen enough; what is still buffered has nowhere to go.
        sys.stderr.close()
        return EXIT_FAILED
    return result
