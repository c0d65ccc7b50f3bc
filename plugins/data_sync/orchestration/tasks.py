"""What the tasks of a generated DAG run: Airflow's context in, a step of :class:`TableSync`, XCom out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from structlog.contextvars import bound_contextvars

from data_sync import telemetry
from data_sync.errors import PermanentError
from data_sync.orchestration.outcome import ERROR_KEY, FETCHED_KEY, fetched_by, outcome_of
from data_sync.orchestration.run_context import TASK_KEY, current_task, describe_run
from data_sync.project import settings
from data_sync.updates.task import DataUpdateTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import Context

    from data_sync.loading.batches import Fetched, Staged
    from data_sync.loading.steps import TableSync
    from data_sync.updates.log import DataUpdateLog, OpenUpdate

LOGGER = logging.getLogger(__name__)

NOTHING_DUE = "nothing_due"


def table_sync(table_name: str) -> TableSync:
    """Return the steps of one configured table.

    :raises ConfigurationError: the table is no longer configured, or its configuration is now wrong
    """
    from data_sync.loading.steps import TableSync

    loaded = settings()
    return TableSync(loaded, loaded.source(table_name))


def choose_update(table_name: str, **context: Any) -> str:
    """Decide which update is due and return the id of the task that begins it."""
    with error_noted(context["ti"]):
        task = decide_update(table_name, context)
    if task is None:
        return NOTHING_DUE
    context["ti"].xcom_push(key=TASK_KEY, value=task.to_dict())
    return f"{task.update_type.group_id}.open_update"


def decide_update(table_name: str, context: Any) -> DataUpdateTask | None:
    """Return the update that is due for a run; None when nothing is."""
    from data_sync.loading.history import read_history
    from data_sync.updates.log import DataUpdateLog
    from data_sync.updates.schedule import decide
    from data_sync.updates.task import decided_update

    sync = table_sync(table_name)
    options = sync.settings.options
    log = DataUpdateLog.from_options(options)
    run = describe_run(context)
    dag_run = context["dag_run"]
    history = read_history(
        log, sync, datetime.now(timezone.utc), without_run=(dag_run.dag_id, dag_run.run_id)
    )
    decision = decide(sync.source, history, run, options.lookback_multiplier)
    LOGGER.info("%s: %s", table_name, decision.reason)
    params = context["params"]
    return decided_update(
        sync.source,
        run,
        decision,
        requested_by=params.get("requested_by") or None,
        allow_shrink=bool(params.get("allow_shrink")),
    )


def open_update(table_name: str, **context: Any) -> int:
    """Close what interrupted runs of the table left open, and open this update's log row."""
    from data_sync.loading.leftovers import drop_older
    from data_sync.updates import liveness
    from data_sync.updates.log import DataUpdateLog

    task = current_task(context)
    options = settings().options
    log = DataUpdateLog.from_options(options)
    dag_run = context["dag_run"]

    def is_live(update: OpenUpdate) -> bool:
        if (update.dag_id, update.run_id) == (dag_run.dag_id, dag_run.run_id):
            return False  # an earlier try of this very run: it was interrupted, or we would not be here
        return liveness.is_live(update, context["ti"], options)

    log.close_open_updates(is_live, table_name)
    update_id = _start_update(log, task, context)
    drop_older(log, table_sync(table_name).spool, table_name, task.operation_id)
    return update_id


def fetch(table_name: str, **context: Any) -> list[dict[str, Any]]:
    """Read the source into the spool and return the batches, which the next task is mapped over."""
    with running_step(context):
        fetched = table_sync(table_name).fetch(current_task(context))
    return announce_fetched(fetched, context)


def announce_fetched(fetched: Fetched, context: Any) -> list[dict[str, Any]]:
    """Keep what a fetch brought for the tasks that load it, and return its batches."""
    context["ti"].xcom_push(key=FETCHED_KEY, value=fetched.to_dict())
    return [asdict(batch) for batch in fetched.batches]


def stage(table_name: str, batch: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Copy one batch into its staging table."""
    from data_sync.loading.spool import Batch

    label_mapped_task(batch["number"])
    with running_step(context):
        staged = table_sync(table_name).stage(current_task(context), Batch(**batch), context["ti"].try_number)
    return asdict(staged)


def merge(table_name: str, staged: Sequence[dict[str, Any]], **context: Any) -> dict[str, int]:
    """Merge the staged batches into the target."""
    with running_step(context):
        task, fetched = current_task(context), fetched_by(context)
        counts = table_sync(table_name).merge(task, fetched, each(staged))
    return announce(table_name, asdict(counts), context)


def publish(table_name: str, staged: Sequence[dict[str, Any]], **context: Any) -> dict[str, int]:
    """Replace the target's contents by the staged batches."""
    with running_step(context):
        task, fetched = current_task(context), fetched_by(context)
        counts = table_sync(table_name).publish(task, fetched, each(staged))
    return announce(table_name, asdict(counts), context)


def each(staged: Sequence[Any]) -> list[Staged]:
    """Return the staged batches; a load in partitions brings a list of them for each."""
    from data_sync.loading.batches import Staged

    found: list[Staged] = []
    for one in staged:
        # A mapped task that was marked as success by hand has returned nothing.
        found += [Staged(**batch) for batch in ([one] if isinstance(one, dict) else one or ())]
    return found


def empty(table_name: str, **context: Any) -> None:
    """Empty the target before rows are copied straight into it."""
    with running_step(context):
        table_sync(table_name).empty(current_task(context), fetched_by(context))


def copy_into(table_name: str, batch: dict[str, Any], **context: Any) -> int:
    """Copy one batch straight into the emptied target."""
    from data_sync.loading.spool import Batch

    label_mapped_task(batch["number"])
    with running_step(context):
        return table_sync(table_name).copy_into(current_task(context), fetched_by(context), Batch(**batch))


def finish_truncate(table_name: str, **context: Any) -> dict[str, int]:
    """Rebuild the indexes after a truncate-and-load, and end it if all its rows are there."""
    with running_step(context):
        counts = table_sync(table_name).finish_truncate(current_task(context), fetched_by(context))
    return announce(table_name, asdict(counts), context)


def post_process(table_name: str, **context: Any) -> None:
    """Run the table's post-processor."""
    with running_step(context):
        table_sync(table_name).post_process(current_task(context))
    announce(table_name, {}, context)


def close_update(table_name: str, **context: Any) -> None:
    """Close the update's log row as succeeded or failed, and clean up after a success.

    Whether it succeeded is for the warehouse to say, not for the tasks' states: a task that was marked as
    success by hand has loaded nothing.

    :raises PermanentError: the update failed. So this task is among the failed ones that a person
        clears, and closes the update again after the others have run.
    """
    from data_sync.updates.log import DataUpdateLog

    task, ti = current_task(context), context["ti"]
    group = task.update_type.group_id
    sync = table_sync(table_name)
    outcome = outcome_of(sync, task, context)
    log = DataUpdateLog.from_options(settings().options)
    update_id = ti.xcom_pull(task_ids=f"{group}.open_update")
    is_open = update_id is not None and log.complete_update(int(update_id), outcome)
    if not is_open and outcome.succeeded:
        # Only the failed tasks were cleared, so nothing opened a row for this try, which began when the
        # cleared run did.
        began = context["dag_run"].start_date
        log.complete_update(_start_update(log, task, context, began), outcome)
    if not outcome.succeeded:
        raise PermanentError(f"the {task.update_type.value} update of {table_name} failed: {outcome.error}")
    counts = outcome.counts
    LOGGER.info(
        "the %s update of %s succeeded: %s rows read; %s inserted, %s updated, %s unchanged, %s deleted",
        task.update_type.value, table_name, outcome.fetched,
        *((counts.inserted, counts.updated, counts.unchanged, counts.deleted) if counts else "????"),
    )  # fmt: skip
    sync.clean_up(task)


def _start_update(
    log: DataUpdateLog, task: DataUpdateTask, context: Any, began: datetime | None = None
) -> int:
    ti, dag_run = context["ti"], context["dag_run"]
    run_type = str(getattr(dag_run.run_type, "value", dag_run.run_type))
    return log.start_update(task, dag_run.dag_id, dag_run.run_id, run_type, ti.try_number, began)


def label_mapped_task(number: int) -> None:
    """Name the mapped task in the UI after its batch."""
    from airflow.sdk import get_current_context

    get_current_context()["batch_number"] = number  # type: ignore[typeddict-unknown-key]


@contextmanager
def running_step(context: Any) -> Iterator[None]:
    """Send the step's span where traces are on, and keep the message of an error."""
    ti = context["ti"]
    name = ti.task_id.rpartition(".")[2]
    place = {"data_sync.map_index": ti.map_index}
    with telemetry.step(name, lambda: _current_sync(context), place), error_noted(ti), log_scope(context):
        yield


@contextmanager
def log_scope(context: Any) -> Iterator[None]:
    """Let every line of the task's log carry the table, the update's type and its operation."""
    task = current_task(context)
    with bound_contextvars(
        table=task.table_name, update_type=task.update_type.value, operation_id=task.operation_id
    ):
        yield


@contextmanager
def error_noted(ti: Any) -> Iterator[None]:
    """Keep the message of an error for the log row and for alerts, and let the error go on."""
    try:
        yield
    except Exception as error:
        note = {
            "text": f"{type(error).__name__}: {error}"[:1000],
            "is_permanent": isinstance(error, PermanentError),
        }
        ti.xcom_push(key=ERROR_KEY, value=note)
        raise


def _current_sync(context: Any) -> telemetry.Sync:
    task = current_task(context)
    update_id = context["ti"].xcom_pull(task_ids=f"{task.update_type.group_id}.open_update")
    return telemetry.Sync(
        int(update_id), task.table_name, task.source_system, task.update_type.value, task.operation_id
    )


def announce(table_name: str, counts: dict[str, int], context: Context | Any) -> dict[str, int]:
    """Add the update's figures to the asset event that the task's success emits."""
    task = current_task(context)
    for asset in context["task"].outlets:
        context["outlet_events"][asset].extra = {
            "table": table_name,
            "update_type": task.update_type.value,
            "operation_id": task.operation_id,
            **counts,
        }
    return counts
