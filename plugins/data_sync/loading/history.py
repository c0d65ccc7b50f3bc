"""Reads what happened to tables so far: from the log, and from the targets themselves."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from data_sync.loading.steps import TableSync
from data_sync.updates.baseline import why_broken
from data_sync.updates.schedule import History

if TYPE_CHECKING:
    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource
    from data_sync.updates.log import DataUpdateLog
    from data_sync.warehouse.interface import Warehouse

LOGGER = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clocks of two machines may be apart before what one of them logged is no longer believed."""


def read_history(
    log: DataUpdateLog, sync: TableSync, now: datetime, without_run: tuple[str, str] | None = None
) -> History:
    """Return what happened to a table.

    :param now: the present by this machine's clock, aware: what is logged as later is not counted
    :param without_run: leave out what this DAG and run did, for a run that is cleared
    """
    name, until = sync.source.table_name, now + CLOCKS_DIFFER
    last = log.get_last_data_updates(name, without_run=without_run, until=until)
    return History(last, sync.why_broken() if last else None)


def read_histories(
    log: DataUpdateLog, settings: Settings, sources: Sequence[DataSource], now: datetime
) -> dict[str, History]:
    """Return what happened to tables, by their names, with a few questions for all together.

    :param now: as for :func:`read_history`
    """
    last = log.get_all_last_data_updates(until=now + CLOCKS_DIFFER)
    synced = [source for source in sources if last.get(source.table_name)]
    broken = broken_baselines(log.warehouse, settings, synced)
    return {
        source.table_name: History(last.get(source.table_name, []), broken.get(source.table_name))
        for source in sources
    }


def broken_baselines(
    warehouse: Warehouse, settings: Settings, sources: Iterable[DataSource]
) -> Mapping[str, str]:
    """Return why changes cannot be built on what a target holds, by table, for those where they cannot."""
    syncs = [TableSync(settings, source) for source in sources]
    states = warehouse.states([sync.target.table for sync in syncs]) if syncs else []
    reasons = {
        sync.source.table_name: why_broken(state, sync.definition)
        for sync, state in zip(syncs, states, strict=True)
    }
    return {name: reason for name, reason in reasons.items() if reason}
