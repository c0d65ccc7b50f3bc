"""Builds the DAG that alerts on unhealthy tables without a failed run: paused, not started or stuck."""

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

Sends an alert for every table that is Unhealthy without a failed run: its DAG is paused while an update is
overdue, no run of it is started, an update hangs, or its target is incomplete and nothing runs. One message
per incident; it ends with the table's next successful update that advances the watermark. A table that was
never synced is left out.

It changes nothing and is safe to trigger, clear or pause at any time.

#### It is red
The log of `tell` ends with the reason: the warehouse could not be reached, or a notifier could not send.
"""


def build_watch_dag() -> DAG:
    """Return the DAG; it is unpaused on creation, because a configured notifier is there to be used."""
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
        description="Alerts on unhealthy tables without a failed run",
    ) as dag:
        task(tell)()
    return dag


def tell(**context: Any) -> list[str]:
    """Alert on each unhealthy table that has no open incident, and return their names."""
    from data_sync.orchestration import alerts

    now = datetime.now(timezone.utc)
    silent = list(silent_tables(context["ti"], now))
    told = [
        table.table_name
        for table in silent
        if alerts.table_silent(table.table_name, table.reason, now, context)
    ]
    LOGGER.info("%d tables are unhealthy; sent an alert for %s", len(silent), ", ".join(told) or "none")
    return told


def silent_tables(ti: Any, now: datetime) -> Iterator[TableHealth]:
    """Yield the tables that are Unhealthy and have synced before.

    :param ti: the asking task's instance
    :param now: the aware instant to judge at
    """
    from data_sync.health.judge import Cause, RunFacts, Status, judge, judge_table
    from data_sync.loading.history import broken_baselines
    from data_sync.updates.liveness import LIVE_RUNS, is_live
    from data_sync.updates.log import DataUpdateLog
    from data_sync.updates.log_history import read_table_logs

    loaded = settings()
    options, sources = loaded.options, loaded.sources
    log = DataUpdateLog.from_options(options)
    logs = read_table_logs(log.warehouse, list(sources))
    running = {update.table_name: update for update in log.open_updates()}
    broken = broken_baselines(log.warehouse, loaded, [sources[name] for name in sources if logs[name].last])
    for name, table in judge(sources, logs, now, options.check_interval, broken=broken).tables.items():
        # Airflow is asked only about the few tables that may be unhealthy.
        if table.cause is Cause.NEVER_SYNCED or (table.status is Status.HEALTHY and name not in running):
            continue
        facts = RunFacts(
            has_active_run=ti.get_dr_count(dag_id_of(name), states=LIVE_RUNS) > 0,
            logged_run_is_live=is_live(running[name], ti, options) if name in running else None,
        )
        judged = judge_table(sources[name], logs[name], now, options.check_interval, facts, broken.get(name))
        if judged.status is Status.UNHEALTHY:
            yield judged
