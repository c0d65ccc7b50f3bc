"""``status``: the health of each table."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from data_sync.cli.arguments import add_json, add_tables, chosen_sources
from data_sync.cli.exit_codes import EXIT_DEGRADED, EXIT_UNHEALTHY
from data_sync.cli.output import say, say_json, say_table
from data_sync.project import load_settings
from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from data_sync.health.judge import Health, RunFacts, TableHealth
    from data_sync.settings.models import DataSyncOptions
    from data_sync.updates.log_history import TableLog

_COLUMNS = ("table", "status", "mass", "daily", "hourly", "next due", "records", "took", "why")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "status", help="show the health of each table; exit status 0 healthy, 3 degraded, 4 unhealthy"
    )
    add_tables(parser)
    parser.add_argument("--bad", action="store_true", help="leave out healthy tables")
    add_json(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print each table's health; the exit status is that of the worst."""
    from data_sync.cli.warehouse import open_log
    from data_sync.health.judge import Status, judge
    from data_sync.loading.history import broken_baselines
    from data_sync.updates.log_history import read_table_logs

    settings = load_settings()
    sources = {source.table_name: source for source in chosen_sources(settings, chosen.tables)}
    warehouse = open_log(settings.options).warehouse
    logs = read_table_logs(warehouse, list(sources))
    broken = broken_baselines(warehouse, settings, [sources[name] for name, log in logs.items() if log.last])
    problems = [] if chosen.tables else [problem.text for problem in settings.problems]
    now = datetime.now(timezone.utc)
    facts = _facts(logs, settings.options)
    check = settings.options.check_interval
    health = judge(sources, logs, now, check, problems=problems, facts=facts, broken=broken)
    if chosen.json:
        say_json(health.as_dict())
    else:
        shown = [
            table for table in health.tables.values() if not chosen.bad or table.status != Status.HEALTHY
        ]
        say_table(_COLUMNS, [_row(table, now) for table in shown])
        for problem in problems:
            say(f"not synced: {problem}")
        say(_summary(health))
    return {Status.HEALTHY: 0, Status.DEGRADED: EXIT_DEGRADED, Status.UNHEALTHY: EXIT_UNHEALTHY}[
        health.status
    ]


def _facts(logs: Mapping[str, TableLog], options: DataSyncOptions) -> dict[str, RunFacts]:
    """Return whether updates from the command line are still running; of Airflow's it cannot know."""
    from data_sync.health.judge import RunFacts
    from data_sync.updates.liveness import TERMINAL, is_held

    facts = {}
    for name, log in logs.items():
        if log.running and log.running.dag_id == TERMINAL:
            held = is_held(log.running.operation_id, options)
            facts[name] = RunFacts(logged_run_is_live=held)
    return facts


def _summary(health: Health) -> str:
    counts = ", ".join(f"{count} {status}" for status, count in health.counts.items())
    return f"{health.status.value}: {counts}"


def _row(table: TableHealth, now: datetime) -> list[str]:
    from data_sync.health.rules import span

    ages = []
    for kind in UpdateType:
        update = table.log.last.get(kind)
        ages.append(f"{span(now - update.reference_dt)} ago" if update else "–")
    due, last = table.next_due, table.log.last_success
    when = "–"
    if due is not None:
        late = due.at <= now
        when = f"{due.update_type.value} " + ("now" if late else f"in {span(due.at - now)}")
    return [
        table.table_name,
        table.status.value,
        *ages,
        when,
        f"{last.records:,}" if last and last.records is not None else "–",
        span(last.duration) if last and last.duration is not None else "–",
        table.reason,
    ]
