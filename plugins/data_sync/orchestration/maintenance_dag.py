"""Builds the DAG that cleans up after interrupted and failed updates."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Param, task
from airflow.timetables.trigger import CronTriggerTimetable

from data_sync.orchestration.table_dag import RETRY_POLICY, START_DATE
from data_sync.project import settings

if TYPE_CHECKING:
    from data_sync.loading.leftovers import IsLive
    from data_sync.updates.log import DataUpdateLog

LOGGER = logging.getLogger(__name__)

DAG_ID = "data_sync_maintenance"

SCHEDULE = "17 * * * *"
"""Every hour, off the quarters at which tables are checked. UTC."""

_RUNBOOK = """\
### DataSync maintenance

Cleans up after updates that were killed or failed. Nothing waits for it and it stops nothing: it is safe to
trigger, clear, pause or let fail at any time, also beside running updates.

| task | what it does |
|---|---|
| `close_interrupted` | marks updates as failed that the log shows as running (`NumberRecords` -2) although their run or its tasks have ended; never one that is still worked on |
| `purge_log` | deletes log rows and records of loaded batches older than `purge_retention_days`, except what later updates build on |
| `drop_leftovers` | drops staging tables and spooled files of updates that ended. Those of a failed update stay for `leftovers_retention_days`, because clearing its run goes on from them, unless a newer update of the table starts and drops them |
| `rebuild_indexes` | rebuilds the indexes that an interrupted `load: truncate` left disabled |

Each task's log lists what it did; its return value holds the figures.

The schemas `{log}` and `{staging}` belong to this Airflow alone: a run that it does not know counts as ended, and
a staging table whose update is not in the log counts as left over. Give a second installation on the same
database schemas of its own.

#### It is red
The log's last lines say which table and why. Usually the warehouse could not be reached or the permissions are
missing (dropping tables in `{staging}`, deleting from `{log}`, creating or altering indexes). Correct that;
the next run does what is left.

#### A table stays "running" in the log
Airflow ends a task whose process is gone after `[scheduler] task_instance_heartbeat_timeout` (5 minutes);
after that the run's own `close_update`, the next run of this DAG, or the table's next run closes its row. To
hurry, mark the run as failed in the UI: its `close_update` then closes the row.
"""  # noqa: E501 - rows of a table


def build_maintenance_dag() -> DAG:
    """Return the DAG."""
    options = settings().options
    with DAG(
        dag_id=DAG_ID,
        schedule=CronTriggerTimetable(SCHEDULE, timezone="UTC"),
        start_date=START_DATE,
        catchup=False,
        max_active_runs=1,
        default_args={
            "owner": "data-sync",
            "retries": options.retries,
            "retry_delay": options.retry_delay,
            "retry_policy": RETRY_POLICY,
            "execution_timeout": timedelta(hours=6),
        },
        params={
            "purge_retention_days": Param(
                options.purge_retention_days, type="integer", minimum=1, description="keep log rows that long"
            ),
            "leftovers_retention_days": Param(
                options.leftovers_retention_days,
                type="integer",
                minimum=0,
                description="keep what failed updates staged and spooled that long",
            ),
        },
        tags=["data-sync"],
        doc_md=_RUNBOOK.format(staging=options.warehouse.staging_schema, log=options.warehouse.log_schema),
        description="Closes interrupted updates, purges the log, drops leftovers, rebuilds indexes",
    ) as dag:
        closed: Any = task(close_interrupted)()
        rest: list[Any] = [
            task(purge_log)(),
            task(drop_leftovers)(),
            task(pool=options.warehouse.pool)(rebuild_indexes)(),
        ]
        closed >> rest
    return dag


def close_interrupted(**context: Any) -> int:
    """Close the updates whose run or task is no longer alive, and return how many."""
    hook = _hook()
    closed = hook.close_open_updates(_is_live(context))
    LOGGER.info("closed %d interrupted updates; %d are running", len(closed), len(hook.open_updates()))
    return len(closed)


def purge_log(**context: Any) -> int:
    """Delete old log rows, and return how many."""
    days = context["params"]["purge_retention_days"]
    deleted = _hook().purge(datetime.now(timezone.utc) - timedelta(days=days))
    LOGGER.info("purged %d log rows older than %d days", deleted, days)
    return deleted


def drop_leftovers(**context: Any) -> dict[str, int]:
    """Drop orphaned staging tables and spooled files, and return how many of each."""
    from data_sync.loading import leftovers as maintenance
    from data_sync.loading.spool import Spool

    options = settings().options
    keep = timedelta(days=context["params"]["leftovers_retention_days"])
    spool = Spool(options.spool, options.batch_size)
    dropped = maintenance.drop_leftovers(_hook(), spool, datetime.now(timezone.utc), keep)
    return {"staging_tables": len(dropped.staging), "spooled_fetches": len(dropped.spool)}


def rebuild_indexes(**context: Any) -> dict[str, list[str]]:
    """Rebuild the indexes that interrupted loads left disabled, and return them by table."""
    from data_sync.loading import leftovers as maintenance
    from data_sync.updates.liveness import warehouse_without_waiting

    loaded = settings()
    return maintenance.rebuild_indexes(
        _hook(),
        warehouse_without_waiting(loaded.options),
        loaded.options.warehouse,
        loaded.sources,
        _is_live(context),
    )


def _hook() -> DataUpdateLog:
    from data_sync.updates.log import DataUpdateLog

    return DataUpdateLog.from_options(settings().options)


def _is_live(context: Any) -> IsLive:
    from data_sync.updates.liveness import is_live

    loaded = settings()
    return lambda update: is_live(update, context["ti"], loaded.options, loaded.sources)
