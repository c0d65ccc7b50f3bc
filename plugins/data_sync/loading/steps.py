"""The steps of one table's sync, free of Airflow: the DAGs and the command line run the same ones.

Each step may be run again after a crash at any point of itself, and takes all it needs from the values
that the step before returned.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from data_sync.errors import ConfigurationError, CountMismatch, SchemaMismatch, SuspiciousLoad
from data_sync.fetchers.base import Fetcher, Window
from data_sync.fetchers.partitions import Part
from data_sync.fetchers.registry import make_fetcher
from data_sync.loading.spool import Spool
from data_sync.post_processors.registry import make_post_processor
from data_sync.updates.task import DataUpdateTask
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.interface import Batch, Column, Counts, TableName, Target, Warehouse
from data_sync.warehouse.staging_names import staging_name, staging_prefix

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource, ScheduleConfig

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """What reading the source brought.

    :param batches: the spooled batches, in the order they were read
    :param source_read_dt: when reading began. Aware, UTC.
    """

    batches: tuple[Batch, ...]
    source_read_dt: datetime

    @property
    def rows(self) -> int:
        """Rows read."""
        return sum(batch.rows for batch in self.batches)


@dataclass(frozen=True)
class Staged:
    """One batch in the warehouse.

    :param table: name of its staging table
    :param rows: rows in it
    """

    table: str
    rows: int


class TableSync:
    """The steps that bring one table up to date.

    :param settings: the loaded configuration
    :param source: the table's data source
    """

    def __init__(self, settings: Settings, source: DataSource) -> None:
        self.settings = settings
        self.source = source
        options = settings.options.warehouse
        self.target = Target(
            TableName(source.target_schema or options.target_schema, source.table_name),
            source.keys,
            source.last_update_column,
        )

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse, connected to on first use."""
        return open_warehouse(self.settings.options.warehouse, self.settings.options.bulk_copy_batch_size)

    @cached_property
    def spool(self) -> Spool:
        """Where fetched batches wait."""
        return Spool(self.settings.options.spool or "", self.settings.options.batch_size)

    # -- source -----------------------------------------------------------------------------------

    @cached_property
    def fetcher(self) -> Fetcher:
        """The data source's fetcher."""
        system = self.settings.options.source_systems[self.source.source_system]
        return make_fetcher(self.source, system, self.settings.include)

    def parts(self, task: DataUpdateTask) -> list[Part]:
        """Return the parts that the task's window is read in; one of all rows where it is not divided."""
        parts = self.fetcher.parts(Window(task.minimum_dt, task.maximum_dt)) or [Part()]
        LOGGER.info("the source is read in %d parts", len(parts))
        return parts

    def fetch(self, task: DataUpdateTask, try_number: int, part: Part | None = None) -> Fetched:
        """Read the task's window into the spool, after checking that its columns fit the target.

        :param part: the part of the window to read; None for all of it
        """
        fetcher = self.fetcher
        window = Window(task.minimum_dt, task.maximum_dt, part)
        for name, value in fetcher.describe(window).items():
            LOGGER.info("%s: %s", name, value)
        read_from = datetime.now(timezone.utc)
        batches = self.spool.write(
            self.source.table_name,
            task.operation_id,
            try_number,
            fetcher.fetch(window),
            check=self.prepare_target,
            part=part.number if part else None,
        )
        fetched = Fetched(tuple(batches), read_from)
        LOGGER.info("fetched %s rows in %d batches", f"{fetched.rows:,}", len(batches))
        return fetched

    def prepare_target(self, schema: pa.Schema) -> None:
        """Create the target when it is missing and may be created; check that the columns fit it.

        :raises SchemaMismatch: there is no target table, or the columns do not fit
        """
        from data_sync.warehouse.conform import check_schema

        columns = self.warehouse.columns(self.target.table)
        if not columns:
            if not self.source.create_table:
                raise SchemaMismatch(
                    f"table {self.target.table} does not exist in the warehouse; create it, "
                    f"or set create_table: true for {self.source.table_name}"
                )
            columns = self._create_target(schema)
        check_schema(self.target, schema, columns)

    def _create_target(self, schema: pa.Schema) -> list[Column]:
        """Create the target unless another part of the fetch just did, and return its columns."""
        with self.warehouse.lock(self.target.table):
            if not self.warehouse.columns(self.target.table):
                self.warehouse.create_table(self.target, schema)
                LOGGER.info("created table %s", self.target.table)
            return self.warehouse.columns(self.target.table)

    # -- staging and merge ------------------------------------------------------------------------

    def stage(self, task: DataUpdateTask, batch: Batch, try_number: int, *, dedupe: bool) -> Staged:
        """Copy one batch into a staging table of its own."""
        name = staging_name(self.source.table_name, task.operation_id, batch.number, try_number)
        table = TableName(self.warehouse.staging_schema, name)
        rows = self.warehouse.stage(self.target, table, self.spool.read(batch), batch.rows, dedupe=dedupe)
        LOGGER.info("staged %s of %s rows in %s", f"{rows:,}", f"{batch.rows:,}", name)
        return Staged(name, rows)

    def merge(self, staged: Sequence[Staged]) -> Counts:
        """Merge the staged batches in the order they were read; those already merged count only."""
        total = Counts()
        with self.warehouse.lock(self.target.table):
            for number, batch in enumerate(staged, 1):
                counts = self.warehouse.merge(
                    self.target, TableName(self.warehouse.staging_schema, batch.table)
                )
                total += counts
                LOGGER.info("merged batch %d of %d: %s", number, len(staged), describe(counts))
        return total

    # -- full load --------------------------------------------------------------------------------

    def publish(self, task: DataUpdateTask, staged: Sequence[Staged]) -> Counts:
        """Replace the target's contents by the staged rows at once (``load: swap``)."""
        tables = [TableName(self.warehouse.staging_schema, batch.table) for batch in staged]
        with self.warehouse.lock(self.target.table):
            self.refuse_suspicious(task, sum(batch.rows for batch in staged))
            counts = self.warehouse.publish(self.target, tables)
        LOGGER.info("published: %s", describe(counts))
        return counts

    def empty(self, task: DataUpdateTask, fetched_rows: int, try_number: int) -> str:
        """Empty the target for a ``load: truncate``; return the token that its copies carry."""
        token = f"{task.operation_id}.{try_number}"
        with self.warehouse.lock(self.target.table):
            self.refuse_suspicious(task, fetched_rows)
            self.warehouse.empty(self.target, token)
        return token

    def copy_into(self, token: str, batch: Batch) -> int:
        """Copy one batch straight into the emptied target."""
        rows = self.warehouse.copy_into(self.target, token, batch.number, self.spool.read(batch), batch.rows)
        LOGGER.info("copied %s rows into %s", f"{rows:,}", self.target.table)
        return rows

    def finish_truncate(self, schedule: ScheduleConfig, expected: int) -> Counts:
        """Check the row count of a ``load: truncate`` and rebuild the indexes it disabled.

        :raises CountMismatch: the target holds another number of rows than were read
        """
        with self.warehouse.lock(self.target.table):
            found = self.warehouse.count(self.target.table)
            if found != expected:
                raise CountMismatch(
                    f"{self.target.table} holds {found:,} rows after a load of {expected:,}; "
                    "clear this run from its task 'empty' to load again"
                )
            if schedule.reindex_data:
                LOGGER.info("rebuilt indexes: %s", ", ".join(self.warehouse.rebuild_indexes(self.target)))
        return Counts(staged=expected, inserted=expected)

    def refuse_suspicious(self, task: DataUpdateTask, rows: int) -> None:
        """Refuse a full load that would shrink the table by more than the configuration allows.

        :raises SuspiciousLoad: fewer rows than ``minimum_rows_percent`` of what the table holds
        """
        schedule = self.source.schedule(task.update_type)
        if schedule is None:
            raise ConfigurationError(f"{self.source.table_name} has no enabled {task.update_type.value}")
        if task.allow_shrink or schedule.minimum_rows_percent == 0:
            return
        held = self.warehouse.count(self.target.table)
        if rows * 100 < held * schedule.minimum_rows_percent:
            raise SuspiciousLoad(
                f"{self.target.table} holds {held:,} rows and the source returned {rows:,}, less than "
                f"{schedule.minimum_rows_percent}%; nothing was changed. If the source really shrank, "
                f"trigger the DAG with update_type mass and allow_shrink, or lower mass.minimum_rows_percent"
            )

    # -- afterwards -------------------------------------------------------------------------------

    def post_process(self, task: DataUpdateTask) -> None:
        """Run the data source's post-processor."""
        processor = make_post_processor(self.source, self.settings.include)
        if processor is not None:
            processor.process(self.warehouse, self.target, task)

    def clean_up(self, task: DataUpdateTask) -> None:
        """Drop the operation's staging tables and spool; a failure to do so is only logged.

        What stays is dropped later by the maintenance DAG, so a finished sync does not fail over it.
        """
        table = self.source.table_name
        actions: dict[str, Callable[[], object]] = {
            "staging tables": lambda: self.warehouse.drop_staging(staging_prefix(table, task.operation_id)),
            "spool": lambda: self.spool.drop(table, task.operation_id),
        }
        for what, drop in actions.items():
            try:
                drop()
            except Exception:
                LOGGER.exception("the %s of operation %s could not be dropped", what, task.operation_id)


def describe(counts: Counts) -> str:
    """Return counts as text for the log."""
    return (
        f"{counts.staged:,} rows staged, {counts.inserted:,} inserted, {counts.updated:,} updated, "
        f"{counts.unchanged:,} unchanged, {counts.deleted:,} deleted"
    )
