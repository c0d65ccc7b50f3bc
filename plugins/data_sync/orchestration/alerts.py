"""Alerts through Airflow's notifiers: one when a table's updates fail, one when they succeed again.

That an incident is open is kept in an Airflow Variable, so later failures of the same table stay quiet.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from data_sync import project
from data_sync.errors import ConfigurationError
from data_sync.orchestration.dag_id import dag_id_of
from data_sync.settings.named_class import load_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import BaseNotifier

    from data_sync.settings.models import AlertOptions, DataSource

LOGGER = logging.getLogger(__name__)

PREFIX = "data_sync_incident_"
"""Begins the names of the Variables that open incidents are kept in."""

_FAILED = """\
{table} ({system}): {what}
{details}
Since {since}. Run {run}: {url}

Action: open the red task's log, which ends with what to do; remove the cause. Clear the failed task
with downstream. Nothing is lost meanwhile: the next update reads all since the last.
You get no more messages for {table} until an update succeeds."""

_RECOVERED = "{table} ({system}) is up to date again: run {run} succeeded. The incident began {since}. {url}"

_SILENT = """\
{table} ({system}): {reason}
{url}

Action: open the DAG. Unpause it if it is paused, open its latest run if there is one, and otherwise
trigger it; if that run is not started, look at the scheduler. It reads all since the last update.
You get no more messages for {table} until an update succeeds."""

_LATE = """\
{table} ({system}): run {run} has not ended {limit} after it was due.
{url}

Action: open the run; a task that waits for a pool, a lock or the source says so in its log.
Clearing the running task is safe."""


def failure_callback(source: DataSource) -> Callable[[Any], None]:
    """Return the DAG's callback for a failed run."""
    return partial(run_failed, source.table_name)


def success_callback(source: DataSource) -> Callable[[Any], None]:
    """Return the DAG's callback for a run that succeeded."""
    return partial(run_succeeded, source.table_name)


def run_failed(table_name: str, context: Any) -> None:
    """Open an incident and send an alert, unless one is open for the table."""
    from airflow.sdk import Variable

    if Variable.get(PREFIX + table_name, default=None) is not None:
        LOGGER.info("%s failed again; an alert for its open incident has been sent", table_name)
        return
    since = ended_at(context) or datetime.now(timezone.utc)
    facts = {**_facts(table_name, context), "since": _text(since)}
    what, details = _what_failed(context)
    _send(f"DataSync: {table_name} failed", _FAILED.format(**facts, what=what, details=details), context)
    # Last, so that a message that could not be sent is tried again at the next failure.
    _keep_open(table_name, since, "has failed")


def run_succeeded(table_name: str, context: Any) -> None:
    """Close the table's incident, if there is one, and say so in an alert."""
    from airflow.sdk import Variable

    opened = Variable.get(PREFIX + table_name, default=None)
    if opened is None:
        return
    since, ended = datetime.fromisoformat(opened), ended_at(context)
    # Airflow may call minutes after the run; a success from before the incident does not end it.
    if ended is not None and ended < since:
        LOGGER.info("%s succeeded at %s, before its incident of %s", table_name, _text(ended), _text(since))
        return
    if not has_caught_up(table_name, since):
        LOGGER.info(
            "%s: no update that advances the watermark has succeeded since; its incident stays open",
            table_name,
        )
        return
    facts = {**_facts(table_name, context), "since": _text(since)}
    Variable.delete(PREFIX + table_name)
    _send(f"DataSync: {table_name} works again", _RECOVERED.format(**facts), context)


def has_caught_up(table_name: str, since: datetime) -> bool:
    """Return whether an update that advances the watermark has succeeded since an incident began.

    A run with nothing due does not count, nor does a backfill.
    """
    from data_sync.updates.log import DataUpdateLog
    from data_sync.updates.log_history import read_table_logs

    log = DataUpdateLog.from_options(project.settings().options)
    success = read_table_logs(log.warehouse, [table_name])[table_name].last_success
    return success is not None and success.end_dt is not None and success.end_dt >= since


def table_silent(table_name: str, reason: str, since: datetime, context: Any) -> bool:
    """Open an incident for an unhealthy table and send an alert; False when one is open already.

    :param reason: what is wrong, a sentence
    :param since: when that was found. Aware.
    """
    from airflow.sdk import Variable

    if Variable.get(PREFIX + table_name, default=None) is not None:
        return False
    facts = _facts(table_name, context)
    url = facts["url"].partition("/runs/")[0]
    message = _SILENT.format(**{**facts, "url": url}, reason=reason)
    _send(f"DataSync: {table_name} is not up to date", message, context)
    _keep_open(table_name, since, "is unhealthy")
    return True


def deadline_missed(table_name: str, limit: str, context: Mapping[str, Any]) -> None:
    """Send an alert for a run that has not ended in time; a backfill is about the past and cannot be late.

    :param limit: how long a run may take, as text
    :param context: Airflow's description of the deadline and its run
    """
    run = context.get("dag_run") or {}
    if run.get("run_type") == "backfill":
        return
    run_id = str(run.get("dag_run_id") or run.get("run_id"))
    facts = {**_facts(table_name, {"run_id": run_id}), "limit": limit}
    _send(f"DataSync: {table_name} is late", _LATE.format(**facts), dict(context))


def _keep_open(table_name: str, since: datetime, state: str) -> None:
    from airflow.sdk import Variable

    description = f"{dag_id_of(table_name)} {state} since then"
    Variable.set(PREFIX + table_name, since.isoformat(), description=description)


def ended_at(context: Any) -> datetime | None:
    """Return when the run that Airflow calls back about ended, aware, where Airflow gives it."""
    return getattr(context.get("dag_run"), "end_date", None)


def make_notifiers(options: AlertOptions) -> list[BaseNotifier]:
    """Return the configured notifiers.

    :raises ConfigurationError: a class cannot be imported, is no notifier or does not take the arguments
    """
    from airflow.sdk import BaseNotifier

    made = []
    for position, notifier in enumerate(options.notifiers):
        field = f"alerts.notifiers.{position}"
        found: Any = load_class(notifier.notifier, {}, BaseNotifier, f"{field}.notifier")
        try:
            made.append(found(**copy.deepcopy(notifier.arguments)))
        except TypeError as error:
            raise ConfigurationError(
                f"{field}.arguments: {notifier.notifier} does not take them: {error}"
            ) from error
    return made


def _send(subject: str, message: str, context: Any) -> None:
    """Send by every notifier; one that fails does not keep the others from sending."""
    LOGGER.warning("%s\n%s", subject, message)
    failures = []
    for notifier in make_notifiers(project.settings().options.alerts):
        try:
            notifier({**context, "alert": {"subject": subject, "message": message}})
        except Exception as error:
            LOGGER.exception("%s could not send", type(notifier).__name__)
            failures.append(error)
    if failures:
        raise failures[0]


def _what_failed(context: Any) -> tuple[str, str]:
    """Return what failed in a headline and, as far as the tasks could still say so, why."""
    from data_sync.orchestration.outcome import failure

    ti = context.get("ti")
    if ti is None:
        return "a run failed.", str(context.get("reason") or "")
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
    bad = {name: state for name, state in sorted(states.items()) if state == "failed"}
    inner = {name: state for name, state in bad.items() if not name.endswith(".close_update")} or bad
    groups = sorted({name.partition(".")[0] for name in inner if "." in name})
    what = f"the {groups[0].capitalize()} update failed." if groups else "a run failed."
    return what, failure(context, inner)[1] if inner else str(context.get("reason") or "")


def _facts(table_name: str, context: Any) -> dict[str, str]:
    from urllib.parse import quote

    from airflow.sdk.configuration import conf

    run_id = str(context["run_id"])
    base = conf.get("api", "base_url", fallback="").rstrip("/")
    source = project.settings().sources.get(table_name)
    return {
        "table": table_name,
        "system": source.source_system if source else "no longer configured",
        "run": run_id,
        "url": f"{base}/dags/{dag_id_of(table_name)}/runs/{quote(run_id, safe='')}",
    }


def _text(instant: datetime) -> str:
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
