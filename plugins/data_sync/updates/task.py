"""The values that describe one update of one table, small enough to travel through XCom."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource
    from data_sync.updates.schedule import Decision, Run


@dataclass(frozen=True)
class DataUpdateTask:
    """One update that has been decided on: what to sync, from when, and how it counts.

    :param table_name: the target table, as in the configuration
    :param source_system: the system the rows come from
    :param update_type: Mass, Daily or Hourly
    :param minimum_dt: read rows changed at or after this instant; None reads everything. Aware, UTC.
    :param maximum_dt: read rows changed before this instant; None has no upper bound. Aware, UTC.
    :param reference_dt: the run's own reference time, by which "due" is judged. Aware, UTC.
    :param operation_id: 16 hexadecimal digits, new for each decision, the same for every try of its tasks
    :param advances_watermark: whether success moves the point later updates read from. False for
        backfills and for a manual window that starts later than the automatic one would.
    :param reason: one sentence for the log: why this type, from when
    :param requested_by: who asked, for a manual run
    :param allow_shrink: publish a full load however small it is
    :param lookback: how long after its stamp a row may be committed and is still read, as configured
    """

    table_name: str
    source_system: str
    update_type: UpdateType
    minimum_dt: datetime | None
    maximum_dt: datetime | None
    reference_dt: datetime
    operation_id: str
    advances_watermark: bool = True
    reason: str = ""
    requested_by: str | None = None
    allow_shrink: bool = False
    lookback: timedelta = timedelta(0)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dict for XCom; instants as ISO 8601 text."""
        values = asdict(self)
        values["update_type"] = self.update_type.value
        values["lookback"] = self.lookback.total_seconds()
        for name in ("minimum_dt", "maximum_dt", "reference_dt"):
            values[name] = values[name].isoformat() if values[name] else None
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> DataUpdateTask:
        """Return the task that :meth:`to_dict` wrote."""
        values = dict(values)
        values["update_type"] = UpdateType(values["update_type"])
        values["lookback"] = timedelta(seconds=values["lookback"])
        for name in ("minimum_dt", "maximum_dt", "reference_dt"):
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
        return cls(**values)


def decided_update(
    source: DataSource,
    run: Run,
    decision: Decision,
    *,
    requested_by: str | None = None,
    allow_shrink: bool = False,
) -> DataUpdateTask | None:
    """Return the update that a decision leads to; None when nothing is due.

    :param requested_by: who asked, for a run that a person started
    :param allow_shrink: publish a full load however small it is
    """
    if decision.update_type is None:
        return None
    return DataUpdateTask(
        table_name=source.table_name,
        source_system=source.source_system,
        update_type=decision.update_type,
        minimum_dt=decision.minimum_dt,
        maximum_dt=decision.maximum_dt,
        reference_dt=run.reference_dt,
        operation_id=new_operation_id(),
        advances_watermark=decision.advances_watermark,
        reason=decision.reason,
        requested_by=requested_by,
        allow_shrink=allow_shrink,
        lookback=decision.lookback,
    )


def new_operation_id() -> str:
    """Return the id of an update that is being decided on: no other one ever has it.

    It does not follow from the DAG run: a run may be made again under its old id, and must not be taken for
    what it did before.
    """
    return uuid4().hex[:16]


def utc_now() -> datetime:
    """Return the present, aware, in UTC."""
    return datetime.now(timezone.utc)
