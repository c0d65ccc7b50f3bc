"""What Airflow's context tells about a DAG run: what was asked for, and what its branch decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from data_sync.errors import ConfigurationError
from data_sync.settings.instants import parse_instant
from data_sync.settings.update_type import UpdateType
from data_sync.updates.task import DataUpdateTask

CHOOSE_UPDATE = "choose_update"
TASK_KEY = "data_update_task"
"""The key under which the branch keeps what it decided."""


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


def current_task(context: Any) -> DataUpdateTask:
    """Return the update that this run's branch decided on."""
    values = context["ti"].xcom_pull(task_ids=CHOOSE_UPDATE, key=TASK_KEY)
    if not values:
        raise ConfigurationError(
            "this run has no decision to work from; clear its task choose_update with downstream"
        )
    return DataUpdateTask.from_dict(values)
