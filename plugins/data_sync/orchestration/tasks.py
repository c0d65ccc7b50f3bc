"""What the tasks of a generated DAG run: Airflow's context in, a step of :class:`TableSync`, XCom out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from structlog.contextvars import bound_contextvars

from data_sync import telemetry
from data_sync.errors import ConfigurationError, PermanentError
from data_sync.project import settings
from data_sync.settings.instants import parse_instant
from data_sync.settings.update_type import UpdateType
from data_sync.updates.task import DataUpdateTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import Context

    from data_sync.loading.batches import Fetched, Staged
    from data_sync.loading.steps import TableSync
    from data_sync.updates.log import DataUpdateLog, OpenUpdate, Outcome

LOGGER = logging.getLogger(__name__)

NOTHING_DUE = "nothing_due"
CHOOSE_UPDATE = "choose_update"
TASK_KEY = "data_update_task"
FETCHED_KEY = "fetched"
PARTS = "parts"
ERROR_KEY = "error"

_GOOD_STATES = {"success", "skipped", "removed"}

NOT_LOADED = (
    "what was fetched has not been loaded to its end: a task was marked as success by hand, or 'fetch' was "
    "cleared alone; clear the task that loads ('merge' or 'publish') with downstream"
)

_NO_MESSAGE = "ended without a message: killed, or failed from outside"

_NO_FETCH = (
    "{what} left no result: marked as success by hand, or not run again; clear this run from its task "
    "'fetch' to read the source"
)


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


def describe_run(context: Any) -> Any:
    """Return the DAG run as the schedule's rules see it."""
    from data_sync.updates.schedule import Run, RunKind

    dag_run, params = context["dag_run"], context["params"]
    if "dag" in context:
        # The context's parameters hold whatever the trigger asked for, known or not.
        refuse_unknown(getattr(dag_run, "conf", None) or {}, context["dag"].params)
    kind = {"manual": RunKind.MANUAL, "backfill": RunKind.BACKFILL}.get(
        str(getattr(dag_run.run_type, "value", dag_run.run_type)), RunKind.SCHEDULED
    )
    if kind is RunKind.SCHEDULED and (dag_run.clear_number or 0) > 0:
        kind = RunKind.CLEARED
    start, end = dag_run.data_interval_start, dag_run.data_interval_end
    requested = params.get("update_type", "auto")
    # A manual run's data interval, where it has one, ends before the run was asked for.
    reference = end if end is not None and kind is not RunKind.MANUAL else dag_run.run_after
    return Run(
        reference_dt=reference.astimezone(timezone.utc),
        kind=kind,
        data_interval=(start, end) if start is not None and end is not None else None,
        requested_type=None if requested == "auto" else UpdateType(requested.capitalize()),
        minimum_dt=instant(params, "minimum_dt"),
        maximum_dt=instant(params, "maximum_dt"),
    )


def refuse_unknown(conf: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Refuse what a trigger asks for and no parameter of the DAG stands for.

    :raises ConfigurationError: naming the parameters that there are
    """
    unknown = sorted(set(conf) - set(known))
    if unknown:
        raise ConfigurationError(
            f"the run's configuration has {', '.join(map(repr, unknown))}, which this DAG does not know; it "
            f"knows {', '.join(sorted(known))}"
        )


def instant(params: Mapping[str, Any], name: str) -> datetime | None:
    """Return the instant that a parameter holds; None when it is empty.

    :raises ConfigurationError: it is not an ISO 8601 timestamp
    """
    text = params.get(name)
    try:
        return parse_instant(text) if text else None
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}") from None


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


def outcome_of(sync: TableSync, task: DataUpdateTask, context: Any) -> Outcome:
    """Return how the update ended: by the states of its tasks, and by what the warehouse has recorded."""
    from data_sync.updates.log import Outcome

    ti, group = context["ti"], task.update_type.group_id
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
    own = {f"{group}.open_update", f"{group}.close_update"}
    bad = {
        name: state
        for name, state in sorted(states.items())
        if name.startswith(f"{group}.") and name not in own and state not in _GOOD_STATES
    }
    try:
        fetched, incomplete = fetched_by(context), NOT_LOADED
    except PermanentError as error:
        fetched, incomplete = [], str(error)
    rows = sum(one.rows for one in fetched) if fetched else None
    read = min((one.source_read_dt for one in fetched), default=None)
    reading = max((one.reading for one in fetched), default=None)
    if bad:
        first, text, is_permanent = failure(context, bad)
        return Outcome(False, rows, None, read, text, first, is_permanent, reading)
    counts = sync.loaded(task, fetched)
    if counts is None:
        return Outcome(False, rows, None, read, incomplete, reading=reading)
    return Outcome(True, rows, counts, read, reading=reading)


def fetched_by(context: Any) -> list[Fetched]:
    """Return what the run's fetch, or that of each of its partitions, brought at its latest try.

    :raises PermanentError: a fetch has left no result
    """
    from data_sync.loading.batches import Fetched

    ti = context["ti"]
    group = current_task(context).update_type.group_id
    planned = ti.xcom_pull(task_ids=f"{group}.plan_parts")
    if planned is None:
        found = ti.xcom_pull(task_ids=f"{group}.fetch", key=FETCHED_KEY)
        if not found:
            raise PermanentError(_NO_FETCH.format(what="the task 'fetch'"))
        return [Fetched.from_dict(found)]
    # Mapped tasks that a later plan has removed are still known by what they brought.
    every = ti.xcom_pull(task_ids=f"{group}.{PARTS}.fetch", key=FETCHED_KEY) or []
    every = [every] if isinstance(every, dict) else every  # of a single one, as it is
    by_part = {tuple(sorted(one["part"].items())): one for one in every if one and one["part"]}
    missing = [part for part in planned if tuple(sorted(part.items())) not in by_part]
    if missing:
        raise PermanentError(_NO_FETCH.format(what=f"{len(missing)} of the {len(planned)} partitions"))
    return [Fetched.from_dict(by_part[tuple(sorted(part.items()))]) for part in planned]


def failure(context: Any, bad: dict[str, Any]) -> tuple[str, str, bool]:
    """Return which task failed first, what the failed ones say, and whether a retry would not cure it.

    :param bad: the states of the tasks that did not succeed, by their names
    """
    failed = [name for name, state in bad.items() if state == "failed"] or list(bad)
    notes, shown, is_permanent = [], [], False
    for name in failed[:3]:
        task_id, _, index = name.rpartition("_")
        mapped = index.isdigit() and name not in context["dag"].task_dict
        note = context["ti"].xcom_pull(
            task_ids=task_id if mapped else name,
            key=ERROR_KEY,
            **({"map_indexes": int(index)} if mapped else {}),
        )
        shown.append(f"{task_id}[{index}]" if mapped else name)
        notes.append(f"{shown[-1]}: {note['text'] if note else _NO_MESSAGE}")
        is_permanent = is_permanent or bool(note and note["is_permanent"])
    return shown[0], "\n".join(notes), is_permanent


def label_mapped_task(number: int) -> None:
    """Name the mapped task in the UI after its batch."""
    from airflow.sdk import get_current_context

    get_current_context()["batch_number"] = number  # type: ignore[typeddict-unknown-key]


def current_task(context: Any) -> DataUpdateTask:
    """Return the update that this run's branch decided on."""
    values = context["ti"].xcom_pull(task_ids=CHOOSE_UPDATE, key=TASK_KEY)
    if not values:
        raise ConfigurationError(
            "this run has no decision to work from; clear its task choose_update with downstream"
        )
    return DataUpdateTask.from_dict(values)


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
