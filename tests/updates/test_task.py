"""An update as it travels from task to task."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from data_sync.settings.update_type import UpdateType
from data_sync.updates.task import DataUpdateTask, new_operation_id

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)
QUARTER = timedelta(minutes=15)


def test_an_update_travels_between_tasks_unchanged():
    window = (NOON - QUARTER, None, NOON)
    task = DataUpdateTask(
        "Item",
        "JDE",
        UpdateType.DAILY,
        *window,
        "0123456789abcdef",
        False,
        "due",
        "Ann",
        True,
        3 * QUARTER,
    )
    assert DataUpdateTask.from_dict(json.loads(json.dumps(task.to_dict()))) == task


def test_each_decision_has_an_operation_of_its_own():
    found = {new_operation_id() for _ in range(100)}
    assert len(found) == 100
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in found)
