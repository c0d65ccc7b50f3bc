"""The sync that is measured: the package's own steps, as its tasks run them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from tests.benchmarks.ground import TABLE

from data_sync.loading.batches import Fetched, Staged
from data_sync.loading.spool import Batch
from data_sync.loading.steps import TableSync
from data_sync.project import load_settings
from data_sync.settings.update_type import UpdateType
from data_sync.updates.migrations.install import install as install_log
from data_sync.updates.task import DataUpdateTask

Batches = list[dict[str, Any]]
"""Spooled or staged batches as they travel from task to task."""


def table_sync() -> TableSync:
    """Return the steps of the measured table, with a warehouse that has not been connected to."""
    settings = load_settings()
    return TableSync(settings, settings.sources[TABLE])


def update(operation: str) -> DataUpdateTask:
    """Return a full update without bounds."""
    return DataUpdateTask(
        TABLE, "JDE", UpdateType.MASS, None, None, datetime.now(timezone.utc), operation, allow_shrink=True
    )


def install() -> None:
    """Create the schemas and the log."""
    install_log(table_sync().warehouse)


def changes(operation: str) -> DataUpdateTask:
    """Return an update that reads changes alone; nothing builds on it."""
    now, begin = datetime.now(timezone.utc), datetime(1970, 1, 1, tzinfo=timezone.utc)
    return DataUpdateTask(TABLE, "JDE", UpdateType.HOURLY, begin, None, now, operation, False)


def fetch(operation: str) -> dict[str, Any]:
    """Read the source into the spool; the first call creates the target."""
    return table_sync().fetch(update(operation)).to_dict()


def stage(operation: str, batch: dict[str, Any], *, dedupe: bool) -> dict[str, Any]:
    """Copy one batch into its staging table; batches of changes are deduped."""
    task = changes(operation) if dedupe else update(operation)
    return asdict(table_sync().stage(task, Batch(**batch), 1))


def merge(fetched: dict[str, Any], staged: Batches) -> dict[str, int]:
    """Merge staged batches into the target."""
    task = changes("deduped")
    return asdict(table_sync().merge(task, [Fetched.from_dict(fetched)], [Staged(**one) for one in staged]))


def publish(operation: str, fetched: dict[str, Any], staged: Batches) -> dict[str, int]:
    """Replace the target's contents by staged batches (``load: swap``)."""
    task = update(operation)
    return asdict(table_sync().publish(task, [Fetched.from_dict(fetched)], [Staged(**one) for one in staged]))


def empty(operation: str, fetched: dict[str, Any]) -> None:
    """Empty the target (``load: truncate``)."""
    table_sync().empty(update(operation), [Fetched.from_dict(fetched)])


def copy_into(operation: str, fetched: dict[str, Any], batch: dict[str, Any]) -> int:
    """Copy one batch straight into the emptied target."""
    return table_sync().copy_into(update(operation), [Fetched.from_dict(fetched)], Batch(**batch))


def finish_truncate(operation: str, fetched: dict[str, Any]) -> dict[str, int]:
    """Rebuild the indexes and check the truncate load."""
    return asdict(table_sync().finish_truncate(update(operation), [Fetched.from_dict(fetched)]))
