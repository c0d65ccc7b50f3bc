"""The hook of the DataUpdate log: which updates ran, run now, and where the next one reads from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.hook import BaseHook

from data_sync import telemetry
from data_sync.settings.update_type import UpdateType
from data_sync.updates import log_sql, upkeep_sql
from data_sync.updates.schedule import LastUpdate
from data_sync.updates.task import DataUpdateTask
from data_sync.warehouse import open_warehouse

if TYPE_CHECKING:
    from data_sync.settings.models import DataSyncOptions
    from data_sync.warehouse.interface import Counts, Warehouse

LOGGER = logging.getLogger(__name__)

ERROR_LENGTH = 4000
"""Characters that the Error column holds."""

PURGE_BATCH = 4000
"""Rows that are deleted at once: SQL Server locks a whole table from 5,000 on."""

_INTERRUPTED = "interrupted: the run ended without closing this update"


@dataclass(frozen=True)
class Outcome:
    """How an update ended.

    :param succeeded: whether every step of it did
    :param fetched: rows read from the source
    :param counts: what was done to the target
    :param source_read_dt: when reading the source began; None when it never did. Aware, UTC.
    :param error: what failed, for the log row
    """

    succeeded: bool
    fetched: int | None = None
    counts: Counts | None = None
    source_read_dt: datetime | None = None
    error: str | None = None


@dataclass(frozen=True)
class OpenUpdate:
    """A log row that is still marked as running."""

    id: int
    table_name: str
    source_system: str
    update_type: str
    started_dt: datetime
    dag_id: str
    run_id: str
    operation_id: str

    @property
    def sync(self) -> telemetry.Sync:
        """The update as metrics and traces name it."""
        return telemetry.Sync(
            self.id, self.table_name, self.source_system, self.update_type, self.operation_id
        )


def utc(value: datetime) -> datetime:
    """Return an instant as aware UTC; the warehouse's naive stamps are UTC already."""
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def fitting(text: str | None, length: int) -> str | None:
    """Return text as a column of the log takes it: cut to its length, without what no database stores.

    ``nvarchar`` counts UTF-16 units, of which characters beyond the first 65,536 take two.
    """
    if text is None:
        return None
    units = text.replace("\0", "\\0").encode("utf-16-le", "replace")
    return units[: 2 * length].decode("utf-16-le", "ignore")


def _last_update(row: Mapping[str, Any]) -> LastUpdate:
    return LastUpdate(UpdateType(row["UpdateType"]), utc(row["ReferenceDT"]), utc(row["SourceReadDT"]))


def id_ranges(first: int, last: int, kept: Iterable[int], size: int) -> Iterator[tuple[int, int]]:
    """Return ranges of at most ``size`` ids, both ends included, from first to last around those kept."""
    for stop in [*sorted(one for one in kept if first <= one <= last), last + 1]:
        while first < stop:
            end = min(first + size, stop) - 1
            yield first, end
            first = end + 1
        first = stop + 1


class DataUpdateHook(BaseHook):
    """Reads and writes the DataUpdate log in the warehouse.

    :param warehouse: the warehouse that holds the log
    """

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__()
        self.warehouse = warehouse
        self.schema = warehouse.log_schema

    @classmethod
    def from_options(cls, options: DataSyncOptions) -> DataUpdateHook:
        """Return the hook for the configured warehouse; creates the log where it is missing."""
        warehouse = open_warehouse(options.warehouse, options.bulk_copy_batch_size)
        warehouse.install()
        return cls(warehouse)

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
        values = {
            "TableName": task.table_name,
            "SourceSystem": task.source_system,
            "UpdateType": task.update_type.value,
            "StartDT": self._stamp(began or datetime.now(timezone.utc)),
            "NumberRecords": log_sql.RUNNING,
            "OperationId": task.operation_id,
            "ReferenceDT": self._stamp(task.reference_dt),
            "MinimumDT": self._stamp(task.minimum_dt),
            "MaximumDT": self._stamp(task.maximum_dt),
            "AdvancesWatermark": task.advances_watermark,
            "DagId": dag_id,
            "RunId": run_id,
            "RunType": run_type,
            "TryNumber": try_no,
            "RequestedBy": fitting(task.requested_by, 250),
            "Reason": fitting(task.reason, 1000),
        }
        with self.warehouse.transaction() as session:
            session.execute(log_sql.start_update(self.schema), values)
            found = session.rows(
                log_sql.find_running(self.schema),
                {"OperationId": task.operation_id, "running": log_sql.RUNNING},
            )
        update_id = int(found[0]["Id"])
        telemetry.started(
            telemetry.Sync(
                update_id, task.table_name, task.source_system, task.update_type.value, task.operation_id
            )
        )
        return update_id

    def complete_update(self, update_id: int, outcome: Outcome) -> bool:
        """Close a running row with its outcome; return False when it was closed already."""
        counts = outcome.counts
        now = datetime.now(timezone.utc)
        # Whoever closes the row tells of it, so the row is looked up while it is open.
        opened = [row for row in self.open_updates() if row.id == update_id] if telemetry.is_told() else []
        values: dict[str, Any] = {
            "Id": update_id,
            "running": log_sql.RUNNING,
            "EndDT": self._stamp(now),
            "WasSuccessful": outcome.succeeded,
            "NumberRecords": log_sql.CLOSED_AS_FAILED,
            "SourceReadDT": self._stamp(outcome.source_read_dt),
            "RowsFetched": outcome.fetched,
            "RowsStaged": counts.staged if counts else None,
            "RowsInserted": counts.inserted if counts else None,
            "RowsUpdated": counts.updated if counts else None,
            "RowsUnchanged": counts.unchanged if counts else None,
            "RowsDeleted": counts.deleted if counts else None,
            "Error": fitting(outcome.error, ERROR_LENGTH),
        }
        if outcome.succeeded:
            values["NumberRecords"] = outcome.fetched or 0
        with self.warehouse.transaction() as session:
            closed = session.execute(log_sql.complete_update(self.schema), values) == 1
        for row in opened if closed else ():
            end = telemetry.End(row.started_dt, now, outcome.succeeded, outcome.fetched or 0, outcome.error)
            telemetry.ended(row.sync, end)
        return closed

    def get_last_data_updates(
        self, table_name: str, without_operation: str | None = None
    ) -> list[LastUpdate]:
        """Return the latest successful update of each type that moved the watermark.

        :param without_operation: leave this operation's own rows out, for a run that is cleared
        """
        if without_operation is None:
            sql, params = log_sql.last_updates(self.schema), {"TableName": table_name}
        else:
            sql = log_sql.last_updates_without(self.schema)
            params = {"TableName": table_name, "OperationId": without_operation, "yes": True}  # type: ignore[dict-item]
        with self.warehouse.transaction() as session:
            found = session.rows(sql, params)
        return [_last_update(row) for row in found]

    def get_all_last_data_updates(self) -> dict[str, list[LastUpdate]]:
        """Return what :meth:`get_last_data_updates` returns, of every table in the log by its name."""
        with self.warehouse.transaction() as session:
            found = session.rows(upkeep_sql.all_last_updates(self.schema), {"yes": True})
        updates: dict[str, list[LastUpdate]] = {}
        for row in found:
            updates.setdefault(row["TableName"], []).append(_last_update(row))
        return updates

    def open_updates(self, table_name: str | None = None) -> list[OpenUpdate]:
        """Return the rows still marked as running, of one table or of all."""
        sql = log_sql.open_updates(self.schema, one_table=table_name is not None)
        params: dict[str, Any] = {"running": log_sql.RUNNING}
        if table_name is not None:
            params["TableName"] = table_name
        with self.warehouse.transaction() as session:
            found = session.rows(sql, params)
        return [
            OpenUpdate(
                int(row["Id"]),
                row["TableName"],
                row["SourceSystem"],
                row["UpdateType"],
                utc(row["StartDT"]),
                row["DagId"],
                row["RunId"],
                row["OperationId"],
            )
            for row in found
        ]

    def close_open_updates(
        self, is_live: Callable[[OpenUpdate], bool], table_name: str | None = None
    ) -> list[OpenUpdate]:
        """Mark interrupted updates as failed and return them; a live one is left alone.

        :param is_live: tells whether the run behind a row still works on it
        """
        closed = []
        for update in self.open_updates(table_name):
            if is_live(update):
                continue
            now = datetime.now(timezone.utc)
            values = {
                "Id": update.id,
                "running": log_sql.RUNNING,
                "closed": log_sql.CLOSED_AS_FAILED,
                "failed": False,
                "EndDT": self._stamp(now),
                "Error": _INTERRUPTED,
            }
            with self.warehouse.transaction() as session:
                if not session.execute(log_sql.close_as_failed(self.schema), values):
                    continue
            closed.append(update)
            telemetry.ended(update.sync, telemetry.End(update.started_dt, now, False, error=_INTERRUPTED))
            LOGGER.warning(
                "closed update %s of %s as failed: run %s was interrupted",
                update.id,
                update.table_name,
                update.run_id,
            )
        return closed

    def purge(self, before: datetime) -> int:
        """Delete closed rows that started before an instant, some at a time, and return how many.

        What the view LastDataUpdates shows is kept however old it is, and running rows are. The records
        of batches loaded before then go as well.
        """
        running = {"before": self._stamp(before), "running": log_sql.RUNNING}
        with self.warehouse.transaction() as session:
            ends = session.rows(upkeep_sql.purgeable(self.schema), running)[0]
            shown = {"before": running["before"], "yes": True}
            kept = [int(row["Id"]) for row in session.rows(upkeep_sql.kept(self.schema), shown)]
            session.execute(upkeep_sql.purge_batches(self.schema), {"before": running["before"]})
        if ends["First"] is None:
            return 0
        last, resume, deleted = int(ends["Last"]), int(ends["First"]), 0
        for low, high in id_ranges(resume, last, kept, PURGE_BATCH):
            if high < resume:
                continue
            with self.warehouse.transaction() as session:
                count = session.execute(
                    upkeep_sql.purge(self.schema), {**running, "first": low, "last": high}
                )
                if not count:  # A row that is kept for years has many ids behind it that are long gone.
                    rest = {**running, "after": high, "last": last}
                    following = session.rows(upkeep_sql.next_purgeable(self.schema), rest)[0]["First"]
                    resume = last + 1 if following is None else int(following)
            deleted += count
        return deleted

    def _stamp(self, value: datetime | None) -> datetime | None:
        """Return an instant as the log's columns want it: naive UTC for datetime2, else aware."""
        if value is None:
            return None
        value = utc(value)
        return value.replace(tzinfo=None) if self.warehouse.dialect == "mssql" else value
