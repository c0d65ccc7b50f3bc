"""The sync that is measured: the package's own steps, as its tasks run them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from tests.benchmarks.ground import TABLE

from data_sync.loading.steps import Staged, TableSync
from data_sync.settings.load import load_settings
from data_sync.settings.update_type import UpdateType
from data_sync.updates.migrations.install import install as install_log
from data_sync.updates.task import DataUpdateTask
from data_sync.warehouse.interface import Batch

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


def fetch(operation: str) -> Batches:
    """Read the source into the spool; the first call creates the target."""
    return [asdict(batch) for batch in table_sync().fetch(update(operation), 1).batches]


def stage(operation: str, batch: dict[str, Any], *, dedupe: bool) -> dict[str, Any]:
    """Copy one batch into its staging table."""
    return asdict(table_sync().stage(update(operation), Batch(**batch), 1, dedupe=dedupe))


def merge(staged: Batches) -> dict[str, int]:
    """Merge staged batches into the target."""
    return asdict(table_sync().merge([Staged(**batch) for batch in staged]))


def publish(operation: str, staged: Batches) -> dict[str, int]:
    """Replace the target's contents by staged batches (``load: swap``)."""
    return asdict(table_sync().publish(update(operation), [Staged(**batch) for batch in staged]))


def empty(operation: str, rows: int) -> str:
    """Empty the target (``load: truncate``)."""
    return table_sync().empty(update(operation), rows, 1)


def copy_into(token: str, batch: dict[str, Any]) -> int:
    """Copy one batch straight into the emptied target."""
    return table_sync().copy_into(token, Batch(**batch))


def finish_truncate(rows: int) -> dict[str, int]:
    """Check the truncate load and rebuild the indexes."""
    sync = table_sync()
    schedule = sync.source.mass
    assert schedule is not None
    return asdict(sync.finish_truncate(schedule, rows))
