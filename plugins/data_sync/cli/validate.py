"""``validate``: checks all settings."""

from __future__ import annotations

import argparse
from typing import Any

from data_sync.cli.arguments import add_json
from data_sync.cli.exit_codes import EXIT_FAILED
from data_sync.cli.output import say, say_json
from data_sync.project import load_settings


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("validate", help="check all settings; a line for each problem")
    add_json(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print each problem, and how many data sources are valid; fail when there is a problem."""
    settings = load_settings()
    enabled = sum(source.is_enabled for source in settings.sources.values())
    valid, problems = len(settings.sources), settings.problems
    if chosen.json:
        say_json({"valid": valid, "enabled": enabled, "problems": [problem.text for problem in problems]})
    else:
        for problem in problems:
            say(problem.text)
        say(f"{valid} valid data sources ({enabled} enabled), {len(problems)} problems")
    return EXIT_FAILED if problems else 0
