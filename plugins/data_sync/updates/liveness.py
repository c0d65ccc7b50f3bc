"""Whether an update that the log marks as running is still worked on."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from data_sync.errors import LockTimeout
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.interface import TableName, Warehouse

if TYPE_CHECKING:
    from data_sync.settings.models import DataSyncOptions
    from data_sync.updates.log import OpenUpdate

TERMINAL = "terminal"
"""The DagId and RunType of updates that a person runs from the command line."""

LIVE_RUNS = ["queued", "running"]
"""The states of runs that have not ended."""

_FINAL = {"success", "failed", "skipped", "upstream_failed", "removed"}


class AirflowStates(Protocol):
    """What a task instance can ask Airflow about other runs."""

    def get_dr_count(self, dag_id: str, *, run_ids: list[str], states: list[str]) -> int:
        """Return how many of the runs are in one of the states."""

    def get_task_states(self, dag_id: str, *, run_ids: list[str]) -> dict[str, Any]:
        """Return the state of each task instance by its name, by run."""


def is_live(
    update: OpenUpdate,
    states: AirflowStates,
    options: DataSyncOptions,
    configured: Collection[str] | None = None,
) -> bool:
    """Return whether an update is being worked on, or will be.

    An update that Airflow runs is live while its run is queued or running and a task of its group has not
    reached a final state. Airflow itself ends tasks whose process is gone, after
    ``task_instance_heartbeat_timeout``. A run that Airflow does not know counts as ended, so a log belongs
    to one Airflow.
    An update from the command line is live while its process holds the operation's lock, which the server
    releases when the process dies.

    :param states: the asking task's instance
    :param configured: the tables that have a DAG; None when the update's own has. A run whose DAG is gone
        stays running for ever, and nobody starts its next task: it is live while one of them still runs.
    """
    if update.dag_id == TERMINAL:
        return is_held(update.operation_id, options)
    if not states.get_dr_count(update.dag_id, run_ids=[update.run_id], states=LIVE_RUNS):
        return False
    tasks = states.get_task_states(update.dag_id, run_ids=[update.run_id]).get(update.run_id, {})
    group = f"{update.update_type.lower()}."
    own = [state for name, state in tasks.items() if name.startswith(group)]
    if configured is not None and update.table_name not in configured:
        return "running" in own
    return not own or any(state not in _FINAL for state in own)


def operation_lock(warehouse: Warehouse, operation_id: str) -> AbstractContextManager[None]:
    """Hold an operation's lock, which shows other processes that this one is alive."""
    return warehouse.lock(TableName(warehouse.log_schema, f"operation {operation_id}"))


def is_held(operation_id: str, options: DataSyncOptions) -> bool:
    """Return whether some process holds an operation's lock."""
    try:
        with operation_lock(warehouse_without_waiting(options), operation_id):
            return False
    except LockTimeout:
        return True


def warehouse_without_waiting(options: DataSyncOptions) -> Warehouse:
    """Return the warehouse, waiting a second at most for any lock."""
    limits = options.warehouse.model_copy(update={"lock_timeout": timedelta(seconds=1)})
    return open_warehouse(limits, options.bulk_copy_batch_size)
