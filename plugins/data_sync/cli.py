"""The command line: ``python -m data_sync validate``, ``schema`` and ``apply-settings``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from data_sync.errors import ConfigurationError
from data_sync.settings.load import ROOT, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 for success, 1 when something is wrong.

    :param arguments: what stands behind the program's name; None takes it from the process
    """
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data_sync", description="DataSync's command line.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    validate = commands.add_parser("validate", help="check all settings; a line for each problem")
    validate.set_defaults(run=_validate)
    schema = commands.add_parser("schema", help="write the JSON Schemas that editors check the YAML with")
    schema.add_argument("--folder", type=Path, default=ROOT / "include" / "schema")
    schema.add_argument("--print", choices=["data_sync", "data_sources"], help="print one instead")
    schema.set_defaults(run=_schema)
    apply = commands.add_parser("apply-settings", help="apply connections, pools and variables to Airflow")
    apply.add_argument("file", type=Path, nargs="?", default=ROOT / "airflow_settings.yaml")
    apply.set_defaults(run=_apply_settings)
    return parser


def _validate(_: argparse.Namespace) -> int:
    settings = load_settings()
    for problem in settings.problems:
        _say(problem)
    enabled = sum(source.is_enabled for source in settings.sources.values())
    _say(f"{len(settings.sources)} valid data sources ({enabled} enabled), {len(settings.problems)} problems")
    return 1 if settings.problems else 0


def _schema(chosen: argparse.Namespace) -> int:
    from data_sync.settings.schema import schemas

    if chosen.print:
        sys.stdout.write(schemas()[f"{chosen.print}.schema.json"])
        return 0
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (chosen.folder / name).write_text(text, encoding="utf-8")
        _say(str(chosen.folder / name))
    return 0


def _apply_settings(chosen: argparse.Namespace) -> int:
    from data_sync.airflow_settings import apply_airflow_settings, read_airflow_settings

    for line in apply_airflow_settings(read_airflow_settings(chosen.file)):
        _say(line)
    return 0


def _say(text: str) -> None:
    """Print one line, whatever line breaks a message quotes."""
    sys.stdout.write(" ".join(text.split("\n")) + "\n")
