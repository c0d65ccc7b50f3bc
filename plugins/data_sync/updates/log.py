"""The DataUpdate log: which updates ran, run now, and where the next one reads from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from data_sync import telemetry
from data_sync.settings.update_type import UpdateType
from data_sync.updates import log_sql
from data_sync.updates.migrations.install import install
from data_sync.updates.schedule import LastUpdate
from data_sync.updates.task import DataUpdateTask, utc_now
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.interface import TableName

if TYPE_CHECKING:
    from data_sync.settings.models import DataSyncOptions
    from data_sync.warehouse.interface import Counts, Session, Warehouse

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
    :param failed_task: the Airflow task that failed first, with its map index: ``mass.bulk_copy[3]``
    :param is_permanent: whether it failed in a way that a retry does not cure
    :param reading: the number of the reading whose rows were loaded
    """

    succeeded: bool
    fetched: int | None = None
    counts: Counts | None = None
    source_read_dt: datetime | None = None
    error: str | None = None
    failed_task: str | None = None
    is_permanent: bool = False
    reading: int | None = None


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


@dataclass(frozen=True)
class OperationState:
    """How an operation stands in the log.

    :param tries: its rows; 0 when the log does not know it
    :param is_running: whether one of them is still marked as running
    :param succeeded: whether the latest of them was successful
    :param ended_dt: when the last of them ended; None when there is none. Aware, UTC.
    """

    tries: int
    is_running: bool
    succeeded: bool
    ended_dt: datetime | None


FOREVER = datetime(9999, 12, 31, tzinfo=timezone.utc)
"""Later than whatever the log holds."""


@dataclass(frozen=True)
class LoggedHistory:
    """What the log holds of a table that the decision on its next update depends on.

    :param last: the latest successful update of each type that moved the watermark
    :param lookbacks: the lookbacks that such updates promised, each with when the last of them was read
    :param failures: updates since the last success that failed in a way that a retry does not cure
    :param failed_dt: when the last of these ended; None when there is none. Aware, UTC.
    """

    last: list[LastUpdate] = field(default_factory=list)
    lookbacks: list[tuple[timedelta, datetime]] = field(default_factory=list)
    failures: int = 0
    failed_dt: datetime | None = None


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


def _bound(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with their instants as the log's columns hold them."""
    return {
        name: session.stamp(utc(value)) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _open_update(row: Mapping[str, Any]) -> OpenUpdate:
    return OpenUpdate(
        int(row["Id"]),
        row["TableName"],
        row["SourceSystem"],
        row["UpdateType"],
        utc(row["StartDT"]),
        row["DagId"],
        row["RunId"],
        row["OperationId"],
    )


def _last_update(row: Mapping[str, Any]) -> LastUpdate:
    return LastUpdate(UpdateType(row["UpdateType"]), utc(row["ReferenceDT"]), utc(row["SourceReadDT"]))


def _history(
    last: list[dict[str, Any]], lookbacks: list[dict[str, Any]], failures: list[dict[str, Any]]
) -> LoggedHistory:
    failed: Mapping[str, Any] = failures[0] if failures else {"Failures": 0, "EndDT": None}
    return LoggedHistory(
        [_last_update(row) for row in last],
        [(timedelta(seconds=int(row["LookbackSeconds"])), utc(row["SourceReadDT"])) for row in lookbacks],
        int(failed["Failures"]),
        None if failed["EndDT"] is None else utc(failed["EndDT"]),
    )


def _by_table(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["TableName"], []).append(row)
    return found


def id_ranges(first: int, last: int, kept: Iterable[int], size: int) -> Iterator[tuple[int, int]]:
    """Return ranges of at most ``size`` ids, both ends included, from first to last around those kept."""
    for stop in [*sorted(one for one in kept if first <= one <= last), last + 1]:
        while first < stop:
            end = min(first + size, stop) - 1
            yield first, end
            first = end + 1
        first = stop + 1


class DataUpdateLog:
    """Reads and writes the DataUpdate log in the warehouse.

    :param warehouse: the warehouse that holds the log
    :ivar clock: tells the present, aware; a simulation has its own
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.clock: Callable[[], datetime] = utc_now
        self.schema = warehouse.log_schema

    @classmethod
    def from_options(cls, options: DataSyncOptions) -> DataUpdateLog:
        """Return the log of the configured warehouse; creates or migrates it where that is due.

        :raises PermanentError: the log was made by a newer package, or lacks a column
        """
        warehouse = open_warehouse(options.warehouse, options.bulk_copy_batch_size)
        install(warehouse)
        return cls(warehouse)

    # -- one update -------------------------------------------------------------------------------

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
            "StartDT": began or self.clock(),
            "OperationId": task.operation_id,
            "ReferenceDT": task.reference_dt,
            "MinimumDT": task.minimum_dt,
            "MaximumDT": task.maximum_dt,
            "AdvancesWatermark": task.advances_watermark,
            "DagId": dag_id,
            "RunId": run_id,
            "RunType": run_type,
            "TryNumber": try_no,
            "RequestedBy": fitting(task.requested_by, 250),
            "Reason": fitting(task.reason, 1000),
            "LookbackSeconds": int(task.lookback.total_seconds()),
        }
        with self.warehouse.transaction() as session:
            session.execute(log_sql.start_update(self.schema), _bound(session, values))
            found = session.rows(log_sql.find_running(self.schema), {"OperationId": task.operation_id})
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
        now = self.clock()
        values: dict[str, Any] = {
            "Id": update_id,
            "EndDT": now,
            "WasSuccessful": outcome.succeeded,
            "NumberRecords": (outcome.fetched or 0) if outcome.succeeded else log_sql.CLOSED_AS_FAILED,
            "SourceReadDT": outcome.source_read_dt,
            "RowsFetched": outcome.fetched,
            "RowsStaged": counts.staged if counts else None,
            "RowsInserted": counts.inserted if counts else None,
            "RowsUpdated": counts.updated if counts else None,
            "RowsUnchanged": counts.unchanged if counts else None,
            "RowsDeleted": counts.deleted if counts else None,
            "Error": fitting(outcome.error, ERROR_LENGTH),
            "FailedTask": fitting(outcome.failed_task, 250),
            "FailedPermanently": outcome.is_permanent,
            "Reading": outcome.reading,
        }
        with self.warehouse.transaction() as session:
            if session.execute(log_sql.complete_update(self.schema), _bound(session, values)) != 1:
                return False
            # Whoever closes the row sends the signals of its end, which happens once.
            rows = (
                session.rows(log_sql.one_update(self.schema), {"Id": update_id})
                if telemetry.is_enabled()
                else []
            )
        for update in map(_open_update, rows):
            end = telemetry.End(
                update.started_dt, now, outcome.succeeded, outcome.fetched or 0, outcome.error
            )
            telemetry.ended(update.sync, end)
        return True

    def open_updates(self, table_name: str | None = None) -> list[OpenUpdate]:
        """Return the rows still marked as running, of one table or of all."""
        sql = log_sql.open_updates(self.schema, one_table=table_name is not None)
        return [
            _open_update(row)
            for row in self._rows(sql, {"TableName": table_name} if table_name is not None else {})
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
            now = self.clock()
            values = {
                "Id": update.id,
                "closed": log_sql.CLOSED_AS_FAILED,
                "failed": False,
                "EndDT": now,
                "Error": _INTERRUPTED,
            }
            with self.warehouse.transaction() as session:
                if not session.execute(log_sql.close_as_failed(self.schema), _bound(session, values)):
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

    # -- what later updates build on --------------------------------------------------------------

    def get_last_data_updates(
        self, table_name: str, without_run: tuple[str, str] | None = None, until: datetime = FOREVER
    ) -> list[LastUpdate]:
        """Return the latest successful update of each type that moved the watermark.

        :param without_run: DAG id and run id of a run whose own rows are left out, since it may be cleared
        :param until: what is logged as later than this aware instant is left out
        """
        return self.get_history(table_name, without_run, until).last

    def get_history(
        self, table_name: str, without_run: tuple[str, str] | None = None, until: datetime = FOREVER
    ) -> LoggedHistory:
        """Return what the log holds of a table that the decision on its next update depends on.

        The parameters are those of :meth:`get_last_data_updates`.
        """
        dag_id, run_id = without_run or ("", "")
        params = {"TableName": table_name, "DagId": dag_id, "RunId": run_id, "yes": True, "until": until}
        with self.warehouse.transaction() as session:
            bound = _bound(session, params)
            last = session.rows(log_sql.last_updates(self.schema, without_run=without_run is not None), bound)
            lookbacks = session.rows(log_sql.lookbacks(self.schema), bound)
            failures = session.rows(log_sql.permanent_failures(self.schema), bound)
        return _history(last, lookbacks, failures)

    def get_histories(self, until: datetime = FOREVER) -> dict[str, LoggedHistory]:
        """Return what :meth:`get_history` returns, of every table in the log by its name."""
        with self.warehouse.transaction() as session:
            bound = _bound(session, {"yes": True, "until": until})
            found = [
                _by_table(session.rows(statement(self.schema), bound))
                for statement in (
                    log_sql.all_last_updates,
                    log_sql.all_lookbacks,
                    log_sql.all_permanent_failures,
                )
            ]
        names = {name for rows in found for name in rows}
        return {name: _history(*(rows.get(name, []) for rows in found)) for name in names}

    # -- upkeep -----------------------------------------------------------------------------------

    def operation_state(self, operation_id: str) -> OperationState:
        """Return how an operation stands."""
        params = {"OperationId": operation_id, "yes": True}
        row = self._rows(log_sql.operation(self.schema), params)[0]
        return OperationState(
            tries=int(row["Tries"]),
            is_running=bool(row["Running"]),
            succeeded=row["LastId"] is not None and row["GoodId"] == row["LastId"],
            ended_dt=None if row["EndDT"] is None else utc(row["EndDT"]),
        )

    def tables_without_indexes(self) -> list[TableName]:
        """Return the tables whose indexes a full load has disabled and not rebuilt."""
        found = self._rows(log_sql.tables_without_indexes(self.schema), {})
        return [TableName(row["TableSchema"], row["TableName"]) for row in found]

    def purge(self, before: datetime) -> int:
        """Delete closed rows that started before an instant, some at a time, and return how many.

        What the view LastDataUpdates shows is kept however old it is, and running rows are. The records
        of batches loaded before then go as well.
        """
        with self.warehouse.transaction() as session:
            old = _bound(session, {"before": before})
            ends = session.rows(log_sql.purgeable(self.schema), old)[0]
            found = session.rows(log_sql.kept(self.schema), {**old, "yes": True})
            session.execute(log_sql.purge_batches(self.schema), old)
        if ends["First"] is None:
            return 0
        kept = [int(row["Id"]) for row in found]
        last, resume, deleted = int(ends["Last"]), int(ends["First"]), 0
        for low, high in id_ranges(resume, last, kept, PURGE_BATCH):
            if high < resume:
                continue
            with self.warehouse.transaction() as session:
                count = session.execute(log_sql.purge(self.schema), {**old, "first": low, "last": high})
                if not count:  # A row that is kept for years has many ids behind it that are long gone.
                    rest = {**old, "after": high, "last": last}
                    following = session.rows(log_sql.next_purgeable(self.schema), rest)[0]["First"]
                    resume = last + 1 if following is None else int(following)
            deleted += count
        return deleted

    def _rows(self, sql: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self.warehouse.transaction() as session:
            return session.rows(sql, _bound(session, params))
