"""Builds the DAG that tells of tables which no failing run speaks for: paused, forgotten or stuck ones."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, task

from data_sync.orchestration.dag_id import dag_id_of
from data_sync.orchestration.table_dag import RETRY_POLICY, START_DATE, timetable
from data_sync.project import settings

if TYPE_CHECKING:
    from data_sync.health.judge import TableHealth

LOGGER = logging.getLogger(__name__)

DAG_ID = "data_sync_watch"

_RUNBOOK = """\
### DataSync watch

Tells the configured notifiers of every table that is Unhealthy without a failed run that would have told:
its DAG is paused while an update is overdue, no run of it is started, or an update hangs. One message per
incident; the table's next success ends it. A table that was never synced is left alone.

It changes nothing and is safe to trigger, clear or pause at any time.

#### It is red
The log of `tell` ends with why: the warehouse could not be reached, or a notifier could not send.
"""


def build_watch_dag() -> DAG:
    """Return the DAG; it is switched on from the start, for whoever names a notifier wants to be told."""
    options = settings().options
    with DAG(
        dag_id=DAG_ID,
        schedule=timetable(options),
        start_date=START_DATE,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={
            "owner": "data-sync",
            "retries": options.retries,
            "retry_delay": options.retry_delay,
            "retry_policy": RETRY_POLICY,
        },
        tags=["data-sync"],
        doc_md=_RUNBOOK,
        description="Tells of tables that are overdue or stuck without a failed run",
    ) as dag:
        task(tell)()
    return dag


def tell(**context: Any) -> list[str]:
    """Tell of each silent table that has no open incident, and return their names."""
    from data_sync.orchestration import alerts

    now = datetime.now(timezone.utc)
    silent = list(silent_tables(context["ti"], now))
    told = [
        table.table_name
        for table in silent
        if alerts.table_silent(table.table_name, table.reason, now, context)
    ]
    LOGGER.info("%d tables are silent; told of %s", len(silent), ", ".join(told) or "none")
    return told


def silent_tables(ti: Any, now: datetime) -> Iterator[TableHealth]:
    """Yield the tables that are Unhealthy and have synced before.

    :param ti: the asking task's instance
    :param now: the aware instant to judge at
    """
    from data_sync.health.judge import Cause, RunFacts, Status, judge, judge_table
    from data_sync.updates.liveness import LIVE_RUNS, is_live
    from data_sync.updates.log import DataUpdateLog
    from data_sync.updates.log_history import read_table_logs

    loaded = settings()
    options, sources = loaded.options, loaded.sources
    hook = DataUpdateLog.from_options(options)
    logs = read_table_logs(hook.warehouse, list(sources))
    running = {update.table_name: update for update in hook.open_updates()}
    for name, table in judge(sources, logs, now, options.check_interval).tables.items():
        # Airflow is only asked of the few that may be ill.
        if table.cause is Cause.NEVER_SYNCED or (table.status is Status.HEALTHY and name not in running):
            continue
        facts = RunFacts(
            has_active_run=ti.get_dr_count(dag_id_of(name), states=LIVE_RUNS) > 0,
            logged_run_is_live=is_live(running[name], ti, options) if name in running else None,
        )
        judged = judge_table(sources[name], logs[name], now, options.check_interval, facts)
        if judged.status is Status.UNHEALTHY:
            yield judged
