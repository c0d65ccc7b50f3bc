"""The documentation of a data source's DAG: the runbook of the engineer on call."""

from __future__ import annotations

from collections.abc import Sequence
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

`{target}` in the warehouse, a copy of a table of **{system}** (fetcher `{fetcher}`), one row per {keys}.
Checked every {check}; call **{owner}** when it stays red.

| update | when the last one is older than | what it does |
|---|---|---|
{schedules}

A Daily or Hourly builds only on a complete target: the very table that the last load filled, read by the same
definition. If the table was created anew or emptied, a full load did not finish, or a column or filter was
changed in the configuration, {rebuilding} is due at once. The log of `choose_update` names the reason.

#### It is red. What do I do?
Nothing at all, if you can wait: the next run reads everything since the last successful update, so a lost
run loses no data. {incomplete}Otherwise open the red task's log; its last lines say what failed and what to do.

| red task | usual reason | do this |
|---|---|---|
| `choose_update`, `open_update` | the warehouse does not answer, or the configuration is wrong | correct it, clear the task |
| `fetch` | {system} does not answer, or a value or column is not as configured | correct it, clear the task; the source is read again |
| `stage`, `bulk_copy` | the warehouse is full or does not answer, or a value does not fit its column | correct it, clear the task; it goes on from the spool |
| `merge`, `publish`, `empty` | a lock, a deadlock, no rights | clear the task |
| the same, *newer data has been loaded since* | a later update was faster | nothing; or clear from `fetch` to read again |
| the same, *not staged* | a task was marked as success by hand, or not run again after `fetch` | clear the task that stages, with *downstream* |
| the same, *no row at all* or *less than … %* | the source answered with nothing or too little | see *force a Mass* |
| `post_process` | its SQL | correct it, clear the task; the load is not repeated |
| `close_update` alone | the warehouse does not answer, or what was fetched has not been loaded | its log says what to clear |

Clear with *downstream*. `close_update` is red beside every other red task: it reports the failure, and
clearing the failed tasks clears it too. A task that was killed says so by having no error in its log.

After a failure that a retry does not cure, the next check tries again. From the second such failure in a row on,
it waits: 30 minutes, then twice as long each time, 6 hours at most. `plan {table}` shows until when.
*Trigger* tries at once.

#### Is it safe to clear?
Yes: any task, at any time, also while it runs. Staging is loaded again from the spool, a batch that is
already merged is not merged twice, a lock keeps two runs apart, and the log row of the interrupted try is
closed as failed. What would make the table wrong is refused, and changes nothing:

- a load that was read before newer data was loaded, unless it is a merge of changed rows that have stamps and
  no full load came in between: of two versions of a row the newer one stays;
- a load of which a fetched batch is not staged, or one that was fetched under another configuration;
- changes for a target that is not complete.

Marking a loading task as success does not load anything, and `close_update` then fails. What a failed run left
is kept until a newer update of the table starts, for {leftovers} at most; after that, clear from `fetch`.

#### How do I re-sync a day?
*Trigger* with `minimum_dt` and `maximum_dt`: one run reads the rows changed in that span. Choose an
`update_type` that merges, not a Mass that replaces the table. With `minimum_dt` alone it reads everything
since then. Later updates do not build on a span.

`airflow backfill create --dag-id {dag_id} --from-date 2026-01-31 --to-date 2026-01-31 --reprocess-behavior completed`
makes a run for each check of those days instead, and each reads its own interval. Without `--reprocess-behavior
completed` Airflow skips what ran already.

#### How do I force a Mass, or another update?
*Trigger* with `update_type` {types}. `auto` runs what is due, or the finest enabled type when nothing is.
A full load that brings no row, or a Mass that would replace the table by far fewer rows, is refused. If the
source really is empty or shrank, add `allow_shrink`. For a table that is often empty write `allow_empty: true`.

#### From a terminal
`python -m data_sync plan {table}` shows what the next check does and why, `status {table}` the table's health,
`sync {table} --type {finest}` runs an update there and then.

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
    enabled = [kind for kind in UpdateType if source.schedule(kind)]
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
        types=", ".join(f"`{kind.group_id}`" for kind in enabled),
        rebuilding=_rebuilding(enabled),
        finest=enabled[-1].group_id if enabled else "hourly",
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


def _rebuilding(enabled: Sequence[UpdateType]) -> str:
    """Return which update makes the target complete again."""
    if UpdateType.MASS in enabled or not enabled:
        return "a Mass"
    return f"a {enabled[-1].value} that reads everything"


def _is_emptied_first(source: DataSource) -> bool:
    return source.load_method(UpdateType.MASS) is LoadMethod.TRUNCATE
