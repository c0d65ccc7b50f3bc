"""What the status page shows, small enough for a thousand tables in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_sync.orchestration.dag_id import dag_id_of
from data_sync.settings.durations import format_duration
from data_sync.settings.update_type import UpdateType
from data_sync.updates.log_history import LoggedUpdate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from data_sync.web.snapshot import Snapshot


def page_data(snapshot: Snapshot, tables: Iterable[str]) -> dict[str, Any]:
    """Return what the page shows of some tables, ready for JSON.

    :param tables: names of the tables; the overall status is of all tables, whichever these are
    """
    health, names = snapshot.health, list(tables)
    return {
        "status": health.status.value,
        "now": health.now.isoformat(),
        "problems": visible_problems(snapshot, names),
        "tables": [_table(snapshot, name) for name in names],
    }


def visible_problems(snapshot: Snapshot, tables: Collection[str]) -> list[str]:
    """Return the configuration's problems; they name tables, so only to those who may read all."""
    return list(snapshot.health.problems) if len(tables) == len(snapshot.sources) else []


def logged_update(update: LoggedUpdate) -> dict[str, Any]:
    """Return an update with what leads to its run and its log in Airflow, ready for JSON."""
    task, index = log_task(update)
    return {
        "id": update.id,
        "type": update.update_type.value,
        "start": update.start_dt.isoformat(),
        "end": update.end_dt.isoformat() if update.end_dt else None,
        "seconds": update.duration.total_seconds() if update.duration is not None else None,
        "ok": update.succeeded,
        "records": update.records,
        "counts": dict(update.counts),
        "dag": update.dag_id,
        "run": update.run_id,
        "kind": update.run_type,
        "task": task,
        "index": index,
        "error": update.error,
    }


def log_task(update: LoggedUpdate) -> tuple[str, int | None]:
    """Return the task whose log tells most of an update, and its map index.

    That is the one that failed; or else the last one, which sums the update up.
    """
    if update.failed_task is None:
        return f"{update.update_type.group_id}.close_update", None
    task, _, index = update.failed_task.partition("[")
    return task, int(index.rstrip("]")) if index else None


def _table(snapshot: Snapshot, name: str) -> dict[str, Any]:
    health, source = snapshot.health.tables[name], snapshot.sources[name]
    log, facts = health.log, snapshot.facts[name]
    interrupted = log.running if facts.logged_run_is_live is False else None
    failed = interrupted or log.last_failure
    schedules = {kind.value: source.schedule(kind) for kind in UpdateType}
    return {
        "name": name,
        "dag": dag_id_of(name),
        "system": source.source_system,
        "owner": source.owner,
        "description": source.description,
        "status": health.status.value,
        "cause": health.cause.value,
        "reason": health.reason,
        "every": {kind: format_duration(found.interval) for kind, found in schedules.items() if found},
        "last": {kind.value: _brief(update) for kind, update in log.last.items()},
        "latest": log.last_success.update_type.value if log.last_success else None,
        "running": _brief(log.running) if log.running and not interrupted else None,
        "interrupted": interrupted.id if interrupted else None,
        "failed": _brief(failed) if failed else None,
        "failures": health.failures,
        "next": {"type": health.next_due.update_type.value, "at": health.next_due.at.isoformat()}
        if health.next_due
        else None,
        "overdue": health.overdue.total_seconds(),
        "paused": bool(facts.is_paused),
    }


def _brief(update: LoggedUpdate) -> dict[str, Any]:
    """Return what the list shows of an update: a part of :func:`logged_update`, for thousands of them."""
    task, index = log_task(update)
    return {
        "type": update.update_type.value,
        "start": update.start_dt.isoformat(),
        "end": update.end_dt.isoformat() if update.end_dt else None,
        "seconds": update.duration.total_seconds() if update.duration is not None else None,
        "records": update.records,
        "dag": update.dag_id,
        "run": update.run_id,
        "task": task,
        "index": index,
    }
