"""``plan``: what would sync now, as which type, from when and why."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from typing import Any

from data_sync.cli.arguments import add_json, add_tables, chosen_sources, instant
from data_sync.cli.output import say, say_json, say_table, show
from data_sync.project import load_settings
from data_sync.updates.plan import Plan, plan_table


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("plan", help="show what would sync now, as which type, from when and why")
    add_tables(parser)
    parser.add_argument(
        "--at", type=instant, metavar="TIME", help="as of another time, with the log as it is; ISO 8601, UTC"
    )
    parser.add_argument("--due", action="store_true", help="leave out tables for which nothing is due")
    add_json(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the plan of each table."""
    from data_sync.cli.warehouse import open_log
    from data_sync.loading.history import read_histories

    settings = load_settings()
    sources = chosen_sources(settings, chosen.tables)
    at = chosen.at or datetime.now(timezone.utc)
    log = open_log(settings.options)
    histories = read_histories(log, settings, sources, datetime.now(timezone.utc))
    multiplier = settings.options.lookback_multiplier
    plans = [plan_table(source, histories[source.table_name], at, multiplier) for source in sources]
    shown = [plan for plan in plans if plan.decision.update_type or not chosen.due]
    if chosen.json:
        say_json([plan.as_dict() for plan in shown])
        return 0
    say_table(("table", "update", "reads from", "next due", "why"), [_row(plan) for plan in shown])
    count = sum(plan.decision.update_type is not None for plan in plans)
    say(f"{count} of {len(plans)} tables would sync at {show(at)} UTC")
    if settings.problems:
        say(f"{len(settings.problems)} problems with others; run validate to see them")
    return 0


def _row(plan: Plan) -> list[str]:
    decision = plan.decision
    if decision.update_type is None:
        return [plan.table_name, "–", "", show(plan.next_due), decision.reason]
    begin = show(decision.minimum_dt, "the beginning")
    return [plan.table_name, decision.update_type.value, begin, "now", decision.reason]
