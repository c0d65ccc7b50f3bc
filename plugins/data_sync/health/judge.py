"""The health of each table, judged from its configuration and the DataUpdate log.

Pure: no clock, no database, no Airflow. Healthy is a table synced within its intervals, Degraded one that
is overdue but progressing or has failed once, Unhealthy one that fails repeatedly or makes no progress.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from data_sync.health.rules import Case, checks_after, dues
from data_sync.health.status import Cause, Due, Health, RunFacts, Status, TableHealth
from data_sync.updates.log_history import TableLog

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource

__all__ = [
    "Cause", "Due", "Health", "RunFacts", "Status", "TableHealth", "checks_after", "dues", "judge",
    "judge_table",
]  # fmt: skip


def judge(
    sources: Mapping[str, DataSource],
    logs: Mapping[str, TableLog],
    now: datetime,
    check_interval: timedelta | str,
    *,
    problems: Sequence[str] = (),
    facts: Mapping[str, RunFacts] | None = None,
    broken: Mapping[str, str] | None = None,
) -> Health:
    """Judge every table, and all together.

    :param sources: the configured tables by name
    :param logs: what the log holds of each
    :param now: the present, aware
    :param check_interval: how often due updates are looked for: a duration or a cron expression in UTC
    :param problems: what is wrong in the configuration
    :param facts: what Airflow knows of each table's DAG, where somebody asked
    :param broken: why changes cannot be built on what a target holds, for the tables where they cannot
    """
    tables = {
        name: judge_table(
            source,
            logs.get(name, TableLog()),
            now,
            check_interval,
            (facts or {}).get(name),
            (broken or {}).get(name),
        )
        for name, source in sources.items()
    }
    found = [table.status for table in tables.values()]
    if problems:
        found.append(Status.DEGRADED)
    ranked = list(Status)
    status = max(found, key=ranked.index, default=Status.HEALTHY)
    return Health(status, tables, tuple(problems), now)


def judge_table(
    source: DataSource,
    log: TableLog,
    now: datetime,
    check_interval: timedelta | str,
    facts: RunFacts | None = None,
    broken: str | None = None,
) -> TableHealth:
    """Judge one table; see :func:`judge`."""
    case = Case(source, log, now, check_interval, facts or RunFacts(), dues(source, log, now), broken)
    status, cause, reason = case.verdict()
    late = now - case.due.at if case.due and now > case.expected_by() else timedelta(0)
    failures = log.failures + case.interrupted
    return TableHealth(
        source.table_name, source.source_system, status, cause, reason, case.due, late, failures, log
    )
