"""A DAG run without Airflow: the results of its tasks, their states, and what may befall them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data_sync.orchestration.outcome import FETCHED_KEY
from data_sync.orchestration.run_context import CHOOSE_UPDATE, TASK_KEY
from data_sync.updates.task import DataUpdateTask

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from data_sync.settings.update_type import UpdateType
    from data_sync.updates.schedule import Run

DAG_ID = "simulated"

HOWS = ("fail", "kill", "fail after", "kill after", "mark", "pause", "tear")
"""What may befall a task: it fails or is killed before its work is done or after, it is marked as success by
hand and does nothing, the run waits before it, or it fails halfway."""


@dataclass(frozen=True)
class Accident:
    """What befalls one task of a run.

    :param place: which task, counted from the first that runs
    :param how: one of :data:`HOWS`
    :param batch: which of its mapped tasks, or at which batch it fails halfway
    """

    place: int
    how: str
    batch: int = 0


@dataclass
class DagRun:
    """One run.

    :param run_id: its id, which a run that is made again has too
    :param asked: how it was asked for
    :param task: what was decided; None before that, and when nothing is due
    :param lookbacks: the lookbacks of the types when that was decided
    :param update_id: its row in the log, as ``open_update`` returned it
    :param fetched: what the latest fetch returned
    :param staged: what the mapped tasks returned by their place, those of earlier fetches included
    :param states: the states of its tasks by name
    :param is_live: whether a process works on it
    """

    run_id: str
    asked: Run
    task: DataUpdateTask | None = None
    lookbacks: Mapping[UpdateType, timedelta] = field(default_factory=dict)
    update_id: int | None = None
    fetched: dict[str, Any] | None = None
    staged: dict[int, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, str | None] = field(default_factory=dict)
    is_live: bool = False

    @property
    def decided(self) -> DataUpdateTask:
        """The update, as it travels between tasks."""
        assert self.task is not None
        return DataUpdateTask.from_dict(self.task.to_dict())

    # What the functions of data_sync.orchestration.tasks ask of a task instance.

    dag_id = DAG_ID

    def xcom_pull(self, task_ids: str, key: str = "return_value", **_: Any) -> Any:
        """Return what a task has returned."""
        if task_ids == CHOOSE_UPDATE and key == TASK_KEY:
            return self.decided.to_dict()
        return self.fetched if key == FETCHED_KEY else None

    def get_task_states(self, **_: Any) -> dict[str, dict[str, str | None]]:
        """Return the states of the run's tasks."""
        group = self.decided.update_type.group_id
        return {self.run_id: {f"{group}.{name}": state for name, state in self.states.items()}}
