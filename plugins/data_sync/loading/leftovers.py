"""Tidies up after interrupted updates: the log, staging tables, spooled files and disabled indexes.

Each step may run at any time beside any number of updates, and again after a crash of itself.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from data_sync.errors import DataSyncError, LockTimeout, TransientError
from data_sync.updates.log import DataUpdateLog, OpenUpdate
from data_sync.warehouse.interface import Target
from data_sync.warehouse.staging_names import parse_staging_name, staging_prefix

if TYPE_CHECKING:
    from data_sync.loading.spool import Spool
    from data_sync.settings.models import DataSource, WarehouseOptions
    from data_sync.warehouse.interface import Warehouse

LOGGER = logging.getLogger(__name__)

SETTLED = timedelta(hours=1)
"""How long after a success its own clean-up may still be at work."""

IsLive = Callable[[OpenUpdate], bool]


@dataclass(frozen=True)
class Dropped:
    """What was left over and is gone.

    :param staging: names of staging tables
    :param spool: ``table/operation`` of spooled fetches
    """

    staging: tuple[str, ...]
    spool: tuple[str, ...]


def drop_leftovers(log: DataUpdateLog, spool: Spool, now: datetime, keep: timedelta) -> Dropped:
    """Drop the staging tables and spooled files that no update will come back to.

    Those of a running update stay, those of a failed one until it has been over for ``keep``, since
    clearing its run goes on from them. Those of an update that the log no longer knows go at once: an
    update is logged before it writes anything, so its row has been purged.

    :param keep: how long a failed update may still be cleared without reading its source again
    :raises TransientError: something could not be dropped; everything else was
    """
    # Listed before the log is read: an update that starts in between is not in the list.
    staged = _by_operation(log.warehouse.staging_tables())
    spooled: defaultdict[str, list[str]] = defaultdict(list)
    for table, operation in spool.operations():
        spooled[operation].append(table)
    tables, files, failures = list[str](), list[str](), list[str]()
    for operation in sorted({*staged, *spooled}):
        if not _is_over(log, operation, now, keep):
            continue
        try:
            for prefix in sorted(staged.get(operation, ())):
                tables += log.warehouse.drop_staging(prefix)
            for table in spooled.get(operation, ()):
                spool.drop(table, operation)
                files.append(f"{table}/{operation}")
        except (DataSyncError, OSError) as error:
            LOGGER.exception("what operation %s left behind could not be dropped", operation)
            failures.append(f"{operation}: {error}")
    LOGGER.info("dropped %d staging tables: %s", len(tables), ", ".join(tables))
    LOGGER.info("dropped %d spooled fetches: %s", len(files), ", ".join(files))
    _raise_if(failures, "could not be dropped")
    return Dropped(tuple(tables), tuple(files))


def drop_older(log: DataUpdateLog, spool: Spool, table_name: str, operation_id: str) -> None:
    """Drop what earlier updates of a table left, now that a newer one reads the source anew.

    Those of an update that still runs stay. A failure is only logged: the maintenance DAG tries again.

    :param operation_id: the newer update
    """
    try:
        for operation in spool.operations_of(table_name):
            if operation == operation_id or log.operation_state(operation).is_running:
                continue
            log.warehouse.drop_staging(staging_prefix(table_name, operation))
            spool.drop(table_name, operation)
            LOGGER.info("dropped what the earlier update %s had staged and spooled", operation)
    except (DataSyncError, OSError):
        LOGGER.exception("what earlier updates of %s left could not be dropped", table_name)


def _by_operation(names: Iterable[str]) -> dict[str, set[str]]:
    """Return the prefixes of staging tables by their operation; other tables are nobody's business."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        parsed = parse_staging_name(name)
        if parsed:
            found[parsed.operation_id].add(parsed.prefix)
        else:
            LOGGER.warning("%r in the staging schema is not a staging table of ours; left alone", name)
    return found


def _is_over(log: DataUpdateLog, operation: str, now: datetime, keep: timedelta) -> bool:
    state = log.operation_state(operation)
    if state.ended_dt is None:
        return True
    return not state.is_running and now - state.ended_dt > (SETTLED if state.succeeded else keep)


def rebuild_indexes(
    log: DataUpdateLog,
    without_waiting: Warehouse,
    options: WarehouseOptions,
    sources: Mapping[str, DataSource],
    is_live: IsLive,
) -> dict[str, list[str]]:
    """Rebuild the indexes that interrupted loads left disabled, and return their names by table.

    A table is left alone while an update of it runs, while its lock is held, and when its configuration
    says that a Mass does not rebuild (``reindex_data: false``).

    :param without_waiting: the warehouse, not waiting for locks
    :param sources: the configured tables by name
    :raises TransientError: some could not be rebuilt; all others were
    """
    rebuilt: dict[str, list[str]] = {}
    failures: list[str] = []
    for table in log.tables_without_indexes():
        source = sources.get(table.name)
        if source and table.schema == (source.target_schema or options.target_schema):
            mass = source.mass
            if mass is not None and not mass.reindex_data:
                LOGGER.info("%s: reindex_data is false, so its indexes stay disabled", table)
                continue
        try:
            if any(is_live(update) for update in log.open_updates(table.name)):
                LOGGER.info("%s: an update is running, which rebuilds the indexes itself", table)
                continue
            rebuilt[str(table)] = without_waiting.rebuild_indexes(Target(table, ()))
        except LockTimeout:
            LOGGER.info("%s: another process is writing it; its indexes wait for the next time", table)
        except DataSyncError as error:
            LOGGER.exception("the indexes of %s could not be rebuilt", table)
            failures.append(f"{table}: {error}")
    for name, indexes in rebuilt.items():
        LOGGER.info("rebuilt the indexes of %s: %s", name, ", ".join(indexes))
    _raise_if(failures, "could not be rebuilt")
    return rebuilt


def _raise_if(failures: list[str], what: str) -> None:
    if failures:
        raise TransientError(f"{len(failures)} {what}: " + "; ".join(failures)[:2000])
