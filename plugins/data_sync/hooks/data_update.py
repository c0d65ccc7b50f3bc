"""The DataUpdate log as a hook, for DAGs of one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from airflow.sdk.bases.hook import BaseHook

from data_sync.updates.log import DataUpdateLog, OpenUpdate, Outcome

if TYPE_CHECKING:
    from data_sync.settings.models import DataSyncOptions
    from data_sync.updates.schedule import LastUpdate
    from data_sync.updates.task import DataUpdateTask


class DataUpdateHook(BaseHook):
    """Reads and writes the DataUpdate log in the warehouse.

    :param log: the log
    """

    def __init__(self, log: DataUpdateLog) -> None:
        super().__init__()
        self.data_update_log = log

    @classmethod
    def from_options(cls, options: DataSyncOptions) -> DataUpdateHook:
        """Return the hook for the configured warehouse; creates or migrates the log where that is due.

        :raises PermanentError: the log was made by a newer package, or lacks a column
        """
        return cls(DataUpdateLog.from_options(options))

    def start_update(
        self,
        task: DataUpdateTask,
        dag_id: str,
        run_id: str,
        run_type: str,
        try_no: int,
        began: datetime | None = None,
    ) -> int:
        """Insert the row of a starting update, NumberRecords −2, and return its Id.

        :param began: when it began, aware; None for now
        """
        return self.data_update_log.start_update(task, dag_id, run_id, run_type, try_no, began)

    def complete_update(self, update_id: int, outcome: Outcome) -> bool:
        """Close a running row with its outcome; return False when it was closed already."""
        return self.data_update_log.complete_update(update_id, outcome)

    def get_last_data_updates(
        self, table_name: str, without_run: tuple[str, str] | None = None
    ) -> list[LastUpdate]:
        """Return the latest successful update of each type that moved the watermark.

        :param without_run: DAG id and run id of a run whose own rows are left out
        """
        return self.data_update_log.get_last_data_updates(table_name, without_run)

    def open_updates(self, table_name: str | None = None) -> list[OpenUpdate]:
        """Return the rows still marked as running, of one table or of all."""
        return self.data_update_log.open_updates(table_name)

    def close_open_updates(
        self, is_live: Callable[[OpenUpdate], bool], table_name: str | None = None
    ) -> list[OpenUpdate]:
        """Mark interrupted updates as failed and return them; a live one is left alone.

        :param is_live: tells whether the run behind a row still works on it
        """
        return self.data_update_log.close_open_updates(is_live, table_name)

    def purge(self, before: datetime) -> int:
        """Delete closed rows that started before an instant, and return how many."""
        return self.data_update_log.purge(before)
