"""The documentation of a data source's DAG: what the engineer on call reads first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from data_sync.settings.durations import format_duration
from data_sync.update import UpdateType

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource, DataSyncOptions

_TEMPLATE = """\
### {table}

{description}

Kept in step with **{system}**, key {keys}. Asked for every {check}; call **{owner}** when it stays red.

| update | when the last one is older than | what it does |
|---|---|---|
{schedules}

#### It is red
1. Open the red task's log; its last lines say what failed and what to do.
2. A source or the warehouse that could not be reached, a deadlock or a timeout: once the cause is gone,
   **clear the failed task** (with *downstream*). The run goes on at that step; the ERP is not read again
   unless `fetch` itself failed.
3. A rejected value, a missing column, a suspiciously small load: repair the cause first, then clear the
   failed task; to read the source again, clear `fetch`.
4. Nothing at all is needed if you can wait: the next run reads everything since the last successful one.

#### Is it safe to clear?
Yes: any task, at any time, also while it runs. Staging is loaded again from the spool, a batch that is
already merged is not merged twice, and the log row of the interrupted try is closed as failed.

#### Re-sync a day
`airflow backfill create --dag-id {dag_id} --from-date 2026-01-31 --to-date 2026-02-01`, or *Backfill* in
the trigger form. It reads that window only and leaves the point from which later updates read alone.

#### Force an update
*Trigger* with `update_type` mass, daily or hourly. `auto` runs what is due, or the finest enabled type
when nothing is. `minimum_dt` reads from that instant instead.

History: `SELECT * FROM {log}."DataUpdate" WHERE "TableName" = '{table}' ORDER BY "Id" DESC`.
"""


def runbook(source: DataSource, options: DataSyncOptions, dag_id: str) -> str:
    """Return the DAG's documentation as Markdown."""
    check = options.check_interval
    return _TEMPLATE.format(
        table=source.table_name,
        description=source.description or "No description.",
        system=source.source_system,
        keys=", ".join(f"`{key}`" for key in source.keys),
        check=format_duration(check) if isinstance(check, timedelta) else f"`{check}`",
        owner=source.owner,
        schedules="\n".join(_schedule_row(source, kind) for kind in UpdateType),
        dag_id=dag_id,
        log=options.warehouse.log_schema,
    )


def _schedule_row(source: DataSource, kind: UpdateType) -> str:
    config = source.schedule(kind)
    if config is None:
        return f"| {kind.value} | — | not enabled |"
    if kind is not UpdateType.MASS:
        what = "merges the rows changed since the last Mass or Daily began, less the lookback"
    elif not config.prepurge_data:
        what = "reads all rows and merges them"
    elif config.load == "swap":
        what = "reads all rows, then replaces the table's contents at once"
    else:
        what = "reads all rows, empties the table, copies them in and rebuilds its indexes"
    return f"| {kind.value} | {format_duration(config.interval)} | {what} |"
