"""How an update ended: by the states of its tasks, their XComs, and what the warehouse has recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_sync.errors import PermanentError
from data_sync.orchestration.run_context import current_task

if TYPE_CHECKING:
    from data_sync.loading.batches import Fetched
    from data_sync.loading.steps import TableSync
    from data_sync.updates.log import Outcome
    from data_sync.updates.task import DataUpdateTask

FETCHED_KEY = "fetched"
"""The key under which a fetch keeps what it brought."""

ERROR_KEY = "error"
"""The key under which a failed task keeps its message."""

PARTS = "parts"
"""The id of the task group that is mapped over the partitions."""

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
