"""``validate``: checks all settings."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from data_sync.cli.airflow_settings import read_airflow_settings
from data_sync.cli.arguments import add_json
from data_sync.cli.exit_codes import EXIT_FAILED
from data_sync.cli.output import say, say_json
from data_sync.errors import ConfigurationError
from data_sync.project import load_settings

if TYPE_CHECKING:
    from data_sync.settings.load import Settings


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("validate", help="check all settings; a line for each problem")
    add_json(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print each problem, and how many data sources are valid; fail when there is a problem."""
    settings = load_settings()
    enabled = sum(source.is_enabled for source in settings.sources.values())
    valid = len(settings.sources)
    problems = [problem.text for problem in settings.problems] + _airflow_problems(settings)
    if chosen.json:
        say_json({"valid": valid, "enabled": enabled, "problems": problems})
    else:
        for problem in problems:
            say(problem)
        say(f"{valid} valid data sources ({enabled} enabled), {len(problems)} problems")
    return EXIT_FAILED if problems else 0


def _airflow_problems(settings: Settings) -> list[str]:
    """Return what is wrong with the project's ``airflow_settings.yaml``, if it has one."""
    path = settings.include.parent / "airflow_settings.yaml"
    try:
        if path.is_file():
            read_airflow_settings(path, settings.options)
    except ConfigurationError as error:
        return str(error).splitlines()
    return []
