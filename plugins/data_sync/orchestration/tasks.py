"""What the tasks of a generated DAG run: Airflow's context in, a step of :class:`TableSync`, XCom out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from data_sync import telemetry
from data_sync.errors import ConfigurationError, PermanentError
from data_sync.project import settings
from data_sync.settings.update_type import UpdateType
from data_sync.updates.task import DataUpdateTask, operation_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import Context

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


def table_sync(table_name: str) -> TableSync:
    """Return the steps of one configured table.

    :raises ConfigurationError: the table is no longer configured, or its configuration is now wrong
    """
    from data_sync.loading.steps import TableSync

    loaded = settings()
    if table_name not in loaded.sources:
        problems = "; ".join(text for text in loaded.problems if table_name in text)
        raise ConfigurationError(f"{table_name} is not among the valid data sources. {problems}".strip())
    return TableSync(loaded, loaded.sources[table_name])


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
    from data_sync.updates.log import DataUpdateLog
    from data_sync.updates.plan import decided_update
    from data_sync.updates.schedule import decide

    sync = table_sync(table_name)
    hook = DataUpdateLog.from_options(sync.settings.options)
    run = describe_run(context)
    dag_run = context["dag_run"]
    last = hook.get_last_data_updates(table_name, without_run=(dag_run.dag_id, dag_run.run_id))
    decision = decide(sync.source, last, run, sync.settings.options.lookback_multiplier)
    LOGGER.info("%s: %s", table_name, decision.reason)
    params = context["params"]
    return decided_update(
        sync.source,
        run,
        decision,
        operation_id(dag_run.dag_id, dag_run.run_id),
        requested_by=params.get("requested_by") or None,
        allow_shrink=bool(params.get("allow_shrink")),
    )


def describe_run(context: Any) -> Any:
    """Return the DAG run as the schedule's rules see it."""
    from data_sync.updates.schedule import Run, RunKind

    dag_run, params = context["dag_run"], context["params"]
    kind = {"manual": RunKind.MANUAL, "backfill": RunKind.BACKFILL}.get(
        str(getattr(dag_run.run_type, "value", dag_run.run_type)), RunKind.SCHEDULED
    )
    if kind is RunKind.SCHEDULED and (dag_run.clear_number or 0) > 0:
        kind = RunKind.CLEARED
    start, end = dag_run.data_interval_start, dag_run.data_interval_end
    requested = params.get("update_type", "auto")
    minimum = params.get("minimum_dt")
    # A manual run's data interval, where it has one, ends before the run was asked for.
    reference = end if end is not None and kind is not RunKind.MANUAL else dag_run.run_after
    return Run(
        reference_dt=reference.astimezone(timezone.utc),
        kind=kind,
        data_interval=(start, end) if start is not None and end is not None else None,
        requested_type=None if requested == "auto" else UpdateType(requested.capitalize()),
        minimum_dt=parse_instant(minimum) if minimum else None,
    )


def parse_instant(text: str) -> datetime:
    """Return an ISO 8601 instant as aware UTC; without an offset it is taken as UTC.

    :raises ConfigurationError: the text is not an instant
    """
    try:
        value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ConfigurationError(
            f"minimum_dt: {text!r} is not an instant; write one such as 2026-01-31T06:00:00+00:00"
        ) from None
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def open_update(table_name: str, **context: Any) -> int:
    """Close what interrupted runs of the table left open, and open this update's log row."""
    from data_sync.updates import liveness
    from data_sync.updates.log import DataUpdateLog

    task = current_task(context)
    options = settings().options
    hook = DataUpdateLog.from_options(options)

    def is_live(update: OpenUpdate) -> bool:
        if update.operation_id == task.operation_id:
            return False  # an earlier try of this very run: it was interrupted, or we would not be here
        return liveness.is_live(update, context["ti"], options)

    hook.close_open_updates(is_live, table_name)
    return _start_update(hook, task, context)


def fetch(table_name: str, **context: Any) -> list[dict[str, Any]]:
    """Read the source into the spool and return the batches, which the next task is mapped over."""
    with running_step(context):
        fetched = table_sync(table_name).fetch(current_task(context), context["ti"].try_number)
    summary = {"rows": fetched.rows, "source_read_dt": fetched.source_read_dt.isoformat()}
    context["ti"].xcom_push(key=FETCHED_KEY, value=summary)
    return [asdict(batch) for batch in fetched.batches]


def stage(table_name: str, batch: dict[str, Any], dedupe: bool, **context: Any) -> dict[str, Any]:
    """Copy one batch into its staging table."""
    from data_sync.warehouse.interface import Batch

    label_mapped_task(batch["number"])
    with running_step(context):
        staged = table_sync(table_name).stage(
            current_task(context), Batch(**batch), context["ti"].try_number, dedupe=dedupe
        )
    return asdict(staged)


def merge(table_name: str, staged: Sequence[dict[str, Any]], **context: Any) -> dict[str, int]:
    """Merge the staged batches into the target."""
    from data_sync.loading.steps import Staged

    with running_step(context):
        counts = table_sync(table_name).merge([Staged(**batch) for batch in each(staged)])
    return announce(table_name, asdict(counts), context)


def publish(table_name: str, staged: Sequence[dict[str, Any]], **context: Any) -> dict[str, int]:
    """Replace the target's contents by the staged batches."""
    from data_sync.loading.steps import Staged

    with running_step(context):
        batches = [Staged(**batch) for batch in each(staged)]
        counts = table_sync(table_name).publish(current_task(context), batches)
    return announce(table_name, asdict(counts), context)


def each(staged: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield the staged batches in order; a divided load brings a list of them for each part."""
    for found in staged:
        yield from [found] if isinstance(found, dict) else found


def empty(table_name: str, batches: Sequence[dict[str, Any]], **context: Any) -> str:
    """Empty the target before rows are copied straight into it."""
    rows = sum(batch["rows"] for batch in batches)
    with running_step(context):
        return table_sync(table_name).empty(current_task(context), rows, context["ti"].try_number)


def copy_into(table_name: str, batch: dict[str, Any], token: str, **context: Any) -> int:
    """Copy one batch straight into the emptied target."""
    from data_sync.warehouse.interface import Batch

    label_mapped_task(batch["number"])
    with running_step(context):
        return table_sync(table_name).copy_into(token, Batch(**batch))


def finish_truncate(table_name: str, copied: Sequence[int], **context: Any) -> dict[str, int]:
    """Check a straight load and rebuild the indexes."""
    sync = table_sync(table_name)
    schedule = sync.source.schedule(UpdateType.MASS)
    if schedule is None:
        raise ConfigurationError(f"{table_name}: mass is no longer enabled; enable it to finish this load")
    with running_step(context):
        counts = sync.finish_truncate(schedule, sum(copied))
    return announce(table_name, asdict(counts), context)


def post_process(table_name: str, **context: Any) -> None:
    """Run the table's post-processor."""
    with running_step(context):
        table_sync(table_name).post_process(current_task(context))
    announce(table_name, {}, context)


def close_update(table_name: str, load_task_id: str, **context: Any) -> None:
    """Close the update's log row as succeeded or failed, and clean up after a success.

    :raises PermanentError: the update failed. So this task is among the failed ones that a person
        clears, and closes the update again after the others have run.
    """
    from data_sync.updates.log import DataUpdateLog

    task, ti = current_task(context), context["ti"]
    group = task.update_type.group_id
    outcome = outcome_of(context, group, load_task_id)
    hook = DataUpdateLog.from_options(settings().options)
    update_id = ti.xcom_pull(task_ids=f"{group}.open_update")
    if not hook.complete_update(int(update_id), outcome) and outcome.succeeded:
        # Only the failed tasks were cleared, so nothing opened a row for this try, which began when the
        # cleared run did.
        began = context["dag_run"].start_date
        hook.complete_update(_start_update(hook, task, context, began), outcome)
    if not outcome.succeeded:
        raise PermanentError(f"the {task.update_type.value} update of {table_name} failed: {outcome.error}")
    counts = outcome.counts
    LOGGER.info(
        "the %s update of %s succeeded: %s rows read; %s inserted, %s updated, %s unchanged, %s deleted",
        task.update_type.value, table_name, outcome.fetched,
        *((counts.inserted, counts.updated, counts.unchanged, counts.deleted) if counts else "????"),
    )  # fmt: skip
    table_sync(table_name).clean_up(task)


def _start_update(
    hook: DataUpdateLog, task: DataUpdateTask, context: Any, began: datetime | None = None
) -> int:
    ti, dag_run = context["ti"], context["dag_run"]
    run_type = str(getattr(dag_run.run_type, "value", dag_run.run_type))
    return hook.start_update(task, dag_run.dag_id, dag_run.run_id, run_type, ti.try_number, began)


def outcome_of(context: Any, group: str, load_task_id: str) -> Outcome:
    """Return how the group's tasks ended, from their states and their XComs."""
    from data_sync.updates.log import Outcome
    from data_sync.warehouse.interface import Counts

    ti = context["ti"]
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
    own = {f"{group}.open_update", f"{group}.close_update"}
    bad = {
        name: state
        for name, state in sorted(states.items())
        if name.startswith(f"{group}.") and name not in own and state not in _GOOD_STATES
    }
    fetched = fetched_summaries(ti, group)
    counts = ti.xcom_pull(task_ids=load_task_id)
    read = min((datetime.fromisoformat(one["source_read_dt"]) for one in fetched), default=None)
    return Outcome(
        succeeded=not bad,
        fetched=sum(one["rows"] for one in fetched) if fetched else None,
        counts=Counts(**counts) if counts else None,
        source_read_dt=read,
        error=failure_text(context, bad) if bad else None,
    )


def fetched_summaries(ti: Any, group: str) -> list[dict[str, Any]]:
    """Return what the fetch of a group, or each of its parts, told about itself."""
    for task_id in (f"{group}.fetch", f"{group}.{PARTS}.fetch"):
        found = ti.xcom_pull(task_ids=task_id, key=FETCHED_KEY)
        if found:
            return found if isinstance(found, list) else [found]
    return []


def failure_text(context: Any, bad: dict[str, Any]) -> str:
    """Return which tasks failed and, where they could still say so, why."""
    failed = [name for name, state in bad.items() if state == "failed"] or list(bad)
    ti = context["ti"]
    notes = []
    for name in failed[:3]:
        task_id, _, index = name.rpartition("_")
        mapped = index.isdigit() and name not in context["dag"].task_dict
        note = ti.xcom_pull(
            task_ids=task_id if mapped else name,
            key=ERROR_KEY,
            **({"map_indexes": int(index)} if mapped else {}),
        )
        notes.append(f"{name}: {note or 'ended without a message: killed, or failed from outside'}")
    return "\n".join(notes)


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
    with telemetry.step(name, lambda: _current_sync(context), place), error_noted(ti):
        yield


@contextmanager
def error_noted(ti: Any) -> Iterator[None]:
    """Keep the message of an error for the log row and for alerts, and let the error go on."""
    try:
        yield
    except Exception as error:
        ti.xcom_push(key=ERROR_KEY, value=f"{type(error).__name__}: {error}"[:1000])
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
