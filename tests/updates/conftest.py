"""The log is tested on the databases that the warehouse is tested on."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import Any

import pytest

from data_sync.settings.update_type import UpdateType
from data_sync.updates.log import DataUpdateLog, Outcome
from data_sync.updates.task import DataUpdateTask
from data_sync.warehouse.interface import Counts

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)


class Log:
    """The log of one table with a name of its own."""

    def __init__(self, lab: Any) -> None:
        self.lab = lab
        self.hook = DataUpdateLog(lab.warehouse)
        self.table = f"Ta'b\"le {uuid.uuid4().hex[:8]}"

    def task(
        self, kind: UpdateType = UpdateType.HOURLY, reference: datetime = NOON, **more: Any
    ) -> DataUpdateTask:
        values = {"minimum_dt": None, "maximum_dt": None, "operation_id": uuid.uuid4().hex[:16]} | more
        return DataUpdateTask(self.table, "JDE", kind, reference_dt=reference, **values)

    def start(self, task: DataUpdateTask | None = None, try_number: int = 1, run_id: str = "run 1") -> int:
        return self.hook.start_update(task or self.task(), "sync_T", run_id, "scheduled", try_number)

    def succeed(
        self,
        kind: UpdateType,
        reference: datetime,
        read: datetime | None = None,
        run_id: str = "run 1",
        **more: Any,
    ) -> int:
        number = self.start(self.task(kind, reference, **more), run_id=run_id)
        assert self.hook.complete_update(number, Outcome(True, 1, Counts(), read or reference))
        return number

    def rows(self) -> list[dict[str, Any]]:
        with self.lab.warehouse.transaction() as session:
            return session.rows(
                f'SELECT * FROM "{self.hook.schema}"."DataUpdate" '
                'WHERE "TableName" = %(table)s ORDER BY "Id"',
                {"table": self.table},
            )

    def row(self) -> dict[str, Any]:
        (row,) = self.rows()
        return row

    def age(self, number: int, started: datetime) -> None:
        """Make a row look as if it had started then."""
        with self.lab.warehouse.transaction() as session:
            session.execute(
                f'UPDATE "{self.hook.schema}"."DataUpdate" SET "StartDT" = %(started)s WHERE "Id" = %(id)s',
                {"started": session.stamp(started), "id": number},
            )


@pytest.fixture
def log(lab: Any) -> Log:
    return Log(lab)


@pytest.fixture
def new_log(lab: Any) -> Any:
    """Makes logs of more tables."""
    return lambda: Log(lab)
