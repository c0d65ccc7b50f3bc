"""Reads what happened to tables so far: from the log, and from the targets themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from data_sync.loading.steps import TableSync
from data_sync.updates.baseline import why_broken
from data_sync.updates.log import LoggedHistory
from data_sync.updates.schedule import CLOCKS_DIFFER, BackOff, History

if TYPE_CHECKING:
    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource
    from data_sync.updates.log import DataUpdateLog
    from data_sync.warehouse.interface import Warehouse

FIRST_PAUSE = timedelta(minutes=30)
"""How long the next try waits after the second failure in a row that a retry does not cure."""

LONGEST_PAUSE = timedelta(hours=6)
"""How long it waits at most; each failure doubles the wait."""


def read_history(
    log: DataUpdateLog, sync: TableSync, now: datetime, without_run: tuple[str, str] | None = None
) -> History:
    """Return what happened to a table.

    :param now: the present by this machine's clock, aware: what is logged as later is not counted
    :param without_run: leave out what this DAG and run did, for a run that is cleared
    """
    logged = log.get_history(sync.source.table_name, without_run, now + CLOCKS_DIFFER)
    return _history(logged, sync.why_broken() if logged.last else None)


def read_histories(
    log: DataUpdateLog, settings: Settings, sources: Sequence[DataSource], now: datetime
) -> dict[str, History]:
    """Return what happened to tables, by their names, with a few questions for all together.

    :param now: as for :func:`read_history`
    """
    logged = log.get_histories(now + CLOCKS_DIFFER)
    found = {source.table_name: logged.get(source.table_name, LoggedHistory()) for source in sources}
    synced = [source for source in sources if found[source.table_name].last]
    broken = broken_baselines(log.warehouse, settings, synced)
    return {name: _history(one, broken.get(name)) for name, one in found.items()}


def _history(logged: LoggedHistory, broken: str | None) -> History:
    return History(logged.last, broken, promised_lookback(logged), back_off(logged))


def promised_lookback(logged: LoggedHistory) -> timedelta:
    """Return the longest lookback that an earlier update promised and that is still to be kept.

    A row with a stamp from before a change of the configuration may be committed as late as was promised
    then. The change came after the last update that made the promise and before the next one, which lies
    about an interval, and so less than a lookback, apart.
    """
    begun = max((update.source_read_dt for update in logged.last), default=None)
    if begun is None:
        return timedelta(0)
    kept = [lookback for lookback, read in logged.lookbacks if begun - read <= 2 * lookback]
    return max(kept, default=timedelta(0))


def back_off(logged: LoggedHistory) -> BackOff | None:
    """Return the pause after failures that a retry does not cure; None when there is none.

    The first failure is tried again at the next check: somebody may have removed the cause. From the second
    on each try waits twice as long as the one before, so that a load that is refused does not read the whole
    source at every check.
    """
    if logged.failures < 2 or logged.failed_dt is None:
        return None
    pause = min(FIRST_PAUSE * 2 ** min(logged.failures - 2, 10), LONGEST_PAUSE)
    return BackOff(logged.failed_dt + pause, logged.failures)


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
