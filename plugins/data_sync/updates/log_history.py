"""What the DataUpdate log holds of each table: last successes, what runs, failures in a row, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from data_sync.settings.update_type import UpdateType
from data_sync.updates import log_history_sql as sql
from data_sync.updates.log import utc
from data_sync.updates.log_sql import open_updates
from data_sync.updates.schedule import LastUpdate

if TYPE_CHECKING:
    from data_sync.warehouse.interface import Session, Warehouse


@dataclass(frozen=True)
class LoggedUpdate:
    """One row of the log. Instants are aware, UTC.

    :param id: the row's id, which grows with the order of starts
    :param reference_dt: its run's own "now", by which "due" is judged
    :param source_read_dt: when it began to read the source; None while it runs, or when it never did
    :param end_dt: None while it runs
    :param succeeded: None while it runs
    :param records: rows read from the source; None while it runs and after a failure
    :param failed_task: the Airflow task that failed, with its map index: ``mass.bulk_copy[3]``
    :param counts: rows inserted, updated, unchanged and deleted, by these names, where they are known
    """

    id: int
    table_name: str
    update_type: UpdateType
    start_dt: datetime
    reference_dt: datetime
    source_read_dt: datetime | None = None
    end_dt: datetime | None = None
    succeeded: bool | None = None
    records: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    dag_id: str = ""
    run_id: str = ""
    run_type: str = ""
    try_number: int = 1
    operation_id: str = ""
    error: str | None = None
    failed_task: str | None = None

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None while it runs."""
        return self.end_dt - self.start_dt if self.end_dt else None

    def as_dict(self) -> dict[str, Any]:
        """Return it ready for JSON: instants as ISO 8601 text, the duration in seconds."""
        return {
            "id": self.id,
            "update_type": self.update_type.value,
            "start_dt": self.start_dt.isoformat(),
            "end_dt": self.end_dt.isoformat() if self.end_dt else None,
            "seconds": self.duration.total_seconds() if self.duration is not None else None,
            "reference_dt": self.reference_dt.isoformat(),
            "succeeded": self.succeeded,
            "records": self.records,
            **{name: self.counts.get(name) for name in _COUNTS},
            "dag_id": self.dag_id,
            "run_id": self.run_id,
            "run_type": self.run_type,
            "try_number": self.try_number,
            "error": self.error,
            "failed_task": self.failed_task,
        }


@dataclass(frozen=True)
class TableLog:
    """What the log holds of one table, as far as its health needs it.

    :param last: the latest success of each type that moved the watermark, by its run's reference time
    :param running: the update that is marked as running, the one started last if there are several
    :param failures: updates that failed since the last success
    :param failing_since: when the first of them started
    :param last_failure: the latest of them
    """

    last: Mapping[UpdateType, LoggedUpdate] = field(default_factory=dict)
    running: LoggedUpdate | None = None
    failures: int = 0
    failing_since: datetime | None = None
    last_failure: LoggedUpdate | None = None

    @property
    def last_success(self) -> LoggedUpdate | None:
        """The success of any type that ended last."""
        ended = [update for update in self.last.values() if update.end_dt is not None]
        return max(ended, key=lambda update: (update.end_dt, update.id), default=None)

    @property
    def last_updates(self) -> list[LastUpdate]:
        """The successes as :func:`data_sync.updates.schedule.due_at` takes them."""
        return [
            LastUpdate(kind, row.reference_dt, row.source_read_dt or row.start_dt)
            for kind, row in self.last.items()
        ]


def read_table_logs(warehouse: Warehouse, table_names: Sequence[str]) -> dict[str, TableLog]:
    """Return what the log holds of each table, in one transaction; nothing logged gives an empty log.

    :param warehouse: one whose log is installed
    """
    logs = {name: TableLog() for name in table_names}
    with warehouse.transaction() as session:
        for names in _chunks(table_names):
            for name, last in _last_successes(session, warehouse.log_schema, names).items():
                logs[name] = replace(logs[name], last=last)
            for row in _failures(session, warehouse.log_schema, names):
                logs[row["TableName"]] = replace(
                    logs[row["TableName"]],
                    failures=int(row["Failures"]),
                    failing_since=_instant(row["FailingSince"]),
                    last_failure=_update(row),
                )
        for row in session.rows(open_updates(warehouse.log_schema, one_table=False)):
            if row["TableName"] in logs:
                logs[row["TableName"]] = replace(logs[row["TableName"]], running=_update(row))
    return logs


def _last_successes(
    session: Session, log_schema: str, names: Sequence[str]
) -> dict[str, dict[UpdateType, LoggedUpdate]]:
    found: dict[str, dict[UpdateType, LoggedUpdate]] = {}
    rows = _query(session, sql.last_successes(log_schema, len(names)), names, yes=True)
    for update in sorted(map(_update, rows), key=lambda update: _RANKS[update.update_type]):
        found.setdefault(update.table_name, {})[update.update_type] = update
    return found


def _failures(session: Session, log_schema: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the failures of the tables whose latest update failed: few, as a rule."""
    outcomes = _query(session, sql.latest_outcomes(log_schema, len(names)), names, yes=True)
    failing = [row["TableName"] for row in outcomes if row["WasSuccessful"] in (False, 0)]
    if not failing:
        return []
    statement = sql.failures_since_success(log_schema, len(failing))
    return _query(session, statement, failing, yes=True, no=False)


def read_recent(
    warehouse: Warehouse, table_names: Sequence[str], updates: int
) -> dict[str, list[LoggedUpdate]]:
    """Return each table's latest updates of any outcome, newest first.

    :param updates: how many per table
    """
    found: dict[str, list[LoggedUpdate]] = {name: [] for name in table_names}
    with warehouse.transaction() as session:
        for names in _chunks(table_names):
            for row in _query(session, sql.recent(warehouse.log_schema, len(names), updates), names):
                found[row["TableName"]].append(_update(row))
    return found


_RANKS = {kind: rank for rank, kind in enumerate(UpdateType)}
_COUNTS = {
    "inserted": "RowsInserted",
    "updated": "RowsUpdated",
    "unchanged": "RowsUnchanged",
    "deleted": "RowsDeleted",
}


def _query(session: Session, statement: str, names: Sequence[str], **more: Any) -> list[dict[str, Any]]:
    return session.rows(statement, {**sql.table_parameters(names), **more})


def _chunks(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + sql.MOST_TABLES] for start in range(0, len(names), sql.MOST_TABLES)]


def _update(row: Mapping[str, Any]) -> LoggedUpdate:
    counts = {name: int(row[column]) for name, column in _COUNTS.items() if row[column] is not None}
    return LoggedUpdate(
        id=int(row["Id"]),
        table_name=row["TableName"],
        update_type=UpdateType(row["UpdateType"]),
        start_dt=utc(row["StartDT"]),
        reference_dt=utc(row["ReferenceDT"]),
        source_read_dt=_instant(row["SourceReadDT"]),
        end_dt=_instant(row["EndDT"]),
        succeeded=None if row["WasSuccessful"] is None else bool(row["WasSuccessful"]),
        records=int(row["NumberRecords"]) if row["NumberRecords"] >= 0 else None,
        counts=counts,
        dag_id=row["DagId"],
        run_id=row["RunId"],
        run_type=row["RunType"],
        try_number=int(row["TryNumber"]),
        operation_id=row["OperationId"],
        error=row["Error"],
        failed_task=row["FailedTask"],
    )


def _instant(value: datetime | None) -> datetime | None:
    return None if value is None else utc(value)
