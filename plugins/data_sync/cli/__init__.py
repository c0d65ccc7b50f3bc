"""The command line: ``python -m data_sync``, one file per command. See docs/cli.md."""

from data_sync.cli.main import main

__all__ = ["main"]
