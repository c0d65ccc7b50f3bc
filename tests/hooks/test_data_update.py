"""The public hook does what the log does."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone

from airflow.sdk.bases.hook import BaseHook

from data_sync.hooks.data_update import DataUpdateHook
from data_sync.settings.models import DataSyncOptions
from data_sync.settings.update_type import UpdateType
from data_sync.updates.log import Outcome
from data_sync.updates.schedule import LastUpdate
from data_sync.updates.task import DataUpdateTask
from data_sync.warehouse.interface import Counts

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)


def test_the_hook_reads_and_writes_the_configured_log(lab):
    hook = DataUpdateHook.from_options(DataSyncOptions(warehouse=lab.options))
    assert isinstance(hook, BaseHook)
    table = f"Table {uuid.uuid4().hex}"

    def start():
        task = DataUpdateTask(table, "JDE", UpdateType.DAILY, None, None, NOON, uuid.uuid4().hex[:16])
        return hook.start_update(task, "sync_T", "run 1", "manual", 1)

    interrupted = start()
    assert [update.id for update in hook.open_updates(table)] == [interrupted]
    assert [update.id for update in hook.close_open_updates(lambda _: False, table)] == [interrupted]
    assert hook.complete_update(start(), Outcome(True, 3, Counts(), NOON))
    assert hook.get_last_data_updates(table) == [LastUpdate(UpdateType.DAILY, NOON, NOON)]
    assert hook.get_last_data_updates(table, without_run=("sync_T", "run 1")) == []
    assert hook.purge(NOON - timedelta(days=9999)) == 0
