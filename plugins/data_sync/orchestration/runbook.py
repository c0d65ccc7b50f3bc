"""The documentation of a data source's DAG: what the engineer on call reads first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from data_sync.settings.durations import format_duration
from data_sync.settings.load_method import LoadMethod
from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource, DataSyncOptions

_TEMPLATE = """\
### {table}

#### What is this table?
{description}

`{target}` in the warehouse, kept in step with **{system}** (fetcher `{fetcher}`), one row per {keys}.
Checked every {check}; call **{owner}** when it stays red.

| update | when the last one is older than | what it does |
|---|---|---|
{schedules}

#### It is red. What do I do?
Nothing at all, if you can wait: the next run reads everything since the last successful update, so a lost
run loses no data. {incomplete}Otherwise open the red task's log; its last lines say what failed and what to do.

| red task | usual reason | do this |
|---|---|---|
| `choose_update`, `open_update` | the warehouse does not answer, or the configuration is wrong | mend it, clear the task |
| `fetch` | {system} does not answer, or a value or column is not as configured | mend it, clear the task; the source is read again |
| `stage`, `bulk_copy` | the warehouse is full or does not answer, or a value does not fit its column | mend it, clear the task; it goes on from the spool |
| `merge`, `publish` | a lock, a deadlock, no rights; or a full load that would shrink the table | clear the task; for a shrunk source see *force a Mass* |
| `post_process` | its SQL | mend it, clear the task; the load is not repeated |
| `close_update` alone | the warehouse does not answer | clear it |

Clear with *downstream*. `close_update` is red beside every other red task: it reports the failure, and
clearing the failed tasks clears it too. A task that was killed says so by having no error in its log.

#### Is it safe to clear?
Yes: any task, at any time, also while it runs. Staging is loaded again from the spool, a batch that is
already merged is not merged twice, a lock keeps two runs apart, and the log row of the interrupted try is
closed as failed. What a failed run left is kept for {leftovers}; after that, clear from `fetch`.

#### How do I re-sync a day?
`airflow backfill create --dag-id {dag_id} --from-date 2026-01-31 --to-date 2026-02-01`, or *Backfill* in
the trigger form. It reads that window only and leaves the point from which later updates read alone. To
read everything since a day instead: *Trigger* with `minimum_dt`.

#### How do I force a Mass, or another update?
*Trigger* with `update_type` {types}. `auto` runs what is due, or the finest enabled type when nothing is.
A Mass with far fewer rows than the table holds is refused; if the source really shrank, add `allow_shrink`.

#### From a terminal
`python -m data_sync plan {table}` tells what the next check does and why, `status {table}` how the table
fares, `sync {table} --type hourly` runs an update there and then.

History: `SELECT * FROM {log}."DataUpdate" WHERE "TableName" = '{table}' ORDER BY "Id" DESC`.
A row that stays at `NumberRecords` -2 although nothing runs is closed by the table's next run, or within
the hour by the DAG `data_sync_maintenance`.
"""  # noqa: E501 - rows of a table


_INCOMPLETE = (
    "But the Mass of this table empties it first (`load: truncate`): while that one is red, the table is "
    "incomplete, so clear it soon. "
)


_CHANGES = "merges the rows changed since the last Mass or Daily began, less the lookback"

_FULL_LOADS = {
    LoadMethod.MERGE: "reads all rows and merges them",
    LoadMethod.SWAP: "reads all rows, then replaces the table's contents at once",
    LoadMethod.TRUNCATE: "reads all rows, empties the table, copies them in and rebuilds its indexes",
}


def runbook(source: DataSource, options: DataSyncOptions, dag_id: str) -> str:
    """Return the DAG's documentation as Markdown."""
    check = options.check_interval
    return _TEMPLATE.format(
        table=source.table_name,
        description=source.description or "No description.",
        target=f"{source.target_schema or options.warehouse.target_schema}.{source.table_name}",
        system=source.source_system,
        fetcher=source.fetcher,
        keys=", ".join(f"`{key}`" for key in source.keys),
        check=format_duration(check) if isinstance(check, timedelta) else f"`{check}`",
        owner=source.owner,
        schedules="\n".join(_schedule_row(source, kind) for kind in UpdateType),
        incomplete=_INCOMPLETE if _is_emptied_first(source) else "",
        types=", ".join(f"`{kind.group_id}`" for kind in UpdateType if source.schedule(kind)),
        leftovers=f"{options.leftovers_retention_days} days",
        dag_id=dag_id,
        log=options.warehouse.log_schema,
    )


def _schedule_row(source: DataSource, kind: UpdateType) -> str:
    config = source.schedule(kind)
    if config is None:
        return f"| {kind.value} | — | not enabled |"
    what = _FULL_LOADS[source.load_method(kind)] if kind is UpdateType.MASS else _CHANGES
    return f"| {kind.value} | {format_duration(config.interval)} | {what} |"


def _is_emptied_first(source: DataSource) -> bool:
    return source.load_method(UpdateType.MASS) is LoadMethod.TRUNCATE
