"""The steps of one table's update, free of Airflow: the DAGs and the command line run the same ones.

Each step may be run again after a crash at any point of itself, and takes all it needs from the values
that the step before returned.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from data_sync.errors import ConfigurationError, PermanentError, SchemaMismatch, SuspiciousLoad
from data_sync.fetchers.base import Fetcher, Window
from data_sync.fetchers.partitions import Part
from data_sync.fetchers.registry import make_fetcher
from data_sync.loading.batches import Fetched, Staged, staged_batches
from data_sync.loading.spool import Batch, Spool
from data_sync.post_processors.registry import make_post_processor
from data_sync.settings.load_method import LoadMethod
from data_sync.settings.update_type import UpdateType
from data_sync.updates.baseline import why_broken
from data_sync.updates.task import utc_now
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.interface import Column, Counts, Load, TableName, Target, Warehouse
from data_sync.warehouse.staging_names import staging_name, staging_prefix

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource
    from data_sync.updates.task import DataUpdateTask
    from data_sync.warehouse.interface import Reading

LOGGER = logging.getLogger(__name__)


def target_of(source: DataSource, default_schema: str) -> Target:
    """Return the table that a data source keeps in step.

    :param default_schema: its schema unless the data source names another
    """
    table = TableName(source.target_schema or default_schema, source.table_name)
    return Target(table, source.keys, source.last_update_column)


class TableSync:
    """The steps that bring one table up to date.

    :param settings: the loaded configuration
    :param source: the table's data source
    :ivar clock: tells the present, aware; a simulation has its own
    """

    def __init__(self, settings: Settings, source: DataSource) -> None:
        self.settings = settings
        self.source = source
        self.clock: Callable[[], datetime] = utc_now
        self.target = target_of(source, settings.options.warehouse.target_schema)

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

    @cached_property
    def definition(self) -> Mapping[str, str]:
        """What is read and how, as text by part, so that a change can be named."""
        return {
            "source system": self.source.source_system,
            "fetcher": self.source.fetcher,
            "keys": ", ".join(self.source.keys),
            "last_update_column": self.source.last_update_column or "none",
            **self.fetcher.definition(),
        }

    def why_broken(self) -> str | None:
        """Return why changes cannot be built on what the target holds, in words; None when they can."""
        (state,) = self.warehouse.states([self.target.table])
        return why_broken(state, self.definition)

    def parts(self, task: DataUpdateTask) -> list[Part]:
        """Return the partitions that the task's window is read in; one of all rows where there are none."""
        parts = self.fetcher.parts(Window(task.minimum_dt, task.maximum_dt)) or [Part()]
        LOGGER.info("the source is read in %d partitions", len(parts))
        return parts

    def fetch(self, task: DataUpdateTask, part: Part | None = None) -> Fetched:
        """Read the task's window into the spool, after checking that its columns fit the target.

        :param part: the partition of the window to read; None for all of it
        """
        window = Window(task.minimum_dt, task.maximum_dt, part)
        for name, value in self.fetcher.describe(window).items():
            LOGGER.info("%s: %s", name, value)
        reading = self.warehouse.start_reading(self.target.table)
        read_from = self.clock()
        batches = self.spool.write(
            self.source.table_name,
            task.operation_id,
            reading.number,
            self.fetcher.fetch(window),
            check=lambda schema: self._prepare_target(schema, reading),
            part=part.number if part else None,
        )
        fetched = Fetched(tuple(batches), read_from, reading.number, self._fingerprint, part)
        LOGGER.info("fetched %s rows in %d batches", f"{fetched.rows:,}", len(batches))
        return fetched

    @property
    def _fingerprint(self) -> str:
        """A short text that changes when the definition does."""
        return hashlib.sha256(repr(sorted(self.definition.items())).encode()).hexdigest()[:16]

    def _prepare_target(self, schema: pa.Schema, reading: Reading) -> None:
        """Create the target when it is missing and may be created; check that the columns fit it.

        :raises SchemaMismatch: there is no target table, or the columns do not fit
        """
        from data_sync.warehouse.conform import check_schema

        columns = reading.columns
        if not columns:
            if not self.source.create_table:
                raise SchemaMismatch(
                    f"table {self.target.table} does not exist in the warehouse; create it, "
                    f"or set create_table: true for {self.source.table_name}"
                )
            columns = self._create_target(schema)
        check_schema(self.target, schema, columns)

    def _create_target(self, schema: pa.Schema) -> list[Column]:
        """Create the target unless another partition of the fetch just did, and return its columns."""
        self.warehouse.create_table(self.target, schema)
        LOGGER.info("created table %s", self.target.table)
        return self.warehouse.columns(self.target.table)

    # -- staging and merge ------------------------------------------------------------------------

    def stage(self, task: DataUpdateTask, batch: Batch, try_number: int) -> Staged:
        """Copy one batch into a staging table of its own.

        Batches of a full load are deduped together when they are published.
        """
        name = staging_name(
            self.source.table_name, task.operation_id, batch.number, batch.reading, try_number
        )
        table = TableName(self.warehouse.staging_schema, name)
        dedupe = task.update_type is not UpdateType.MASS
        rows = self.warehouse.stage(self.target, table, self.spool.read(batch), batch.rows, dedupe=dedupe)
        LOGGER.info("staged %s of %s rows in %s", f"{rows:,}", f"{batch.rows:,}", name)
        return Staged(batch.number, batch.reading, name, rows)

    def load_of(self, task: DataUpdateTask, fetched: Sequence[Fetched]) -> Load:
        """Return what the warehouse's records call the load of what was fetched.

        :raises PermanentError: the configuration has changed since
        """
        if any(one.fingerprint != self._fingerprint for one in fetched):
            raise PermanentError(
                f"{self.source.table_name}: its configuration has changed since the source was read; clear "
                "this run from its task 'fetch' to read it as configured now"
            )
        return self._load(task, fetched)

    def _load(self, task: DataUpdateTask, fetched: Sequence[Fetched]) -> Load:
        readings = [one.reading for one in fetched]
        is_full = task.minimum_dt is None
        is_mass = task.update_type is UpdateType.MASS
        return Load(
            task.operation_id,
            max(readings),
            min(readings),
            min(one.source_read_dt for one in fetched),
            self.definition,
            is_full=is_full,
            completes=is_full and (is_mass or self.source.schedule(UpdateType.MASS) is None),
            needs_baseline=task.advances_watermark and not is_full,
        )

    def merge(self, task: DataUpdateTask, fetched: Sequence[Fetched], staged: Sequence[Staged]) -> Counts:
        """Bring the staged batches into the target: a Mass at once, others batch by batch, in order.

        :raises PermanentError: a batch that was fetched is not staged
        """
        if task.update_type is UpdateType.MASS:
            return self._publish(task, fetched, staged, delete_missing=False)
        load, batches = self.load_of(task, fetched), staged_batches(fetched, staged)
        self._refuse_empty(task, load, fetched)
        total = Counts()
        for position, batch in enumerate(batches, 1):
            table = TableName(self.warehouse.staging_schema, batch.table)
            is_last = position == len(batches)
            counts = self.warehouse.merge(self.target, load, batch.number, table, is_last=is_last)
            total += counts
            LOGGER.info("merged batch %d of %d: %s", position, len(batches), describe(counts))
        return total

    # -- full load --------------------------------------------------------------------------------

    def publish(self, task: DataUpdateTask, fetched: Sequence[Fetched], staged: Sequence[Staged]) -> Counts:
        """Replace the target's contents by the staged rows at once (``load: swap``)."""
        return self._publish(task, fetched, staged, delete_missing=True)

    def _publish(
        self,
        task: DataUpdateTask,
        fetched: Sequence[Fetched],
        staged: Sequence[Staged],
        *,
        delete_missing: bool,
    ) -> Counts:
        load, batches = self.load_of(task, fetched), staged_batches(fetched, staged)
        self._refuse_empty(task, load, fetched)
        counts = self.warehouse.publish(
            self.target,
            load,
            [TableName(self.warehouse.staging_schema, batch.table) for batch in batches],
            delete_missing=delete_missing,
            minimum_percent=self._minimum_percent(task) if delete_missing else 0,
        )
        LOGGER.info("published: %s", describe(counts))
        return counts

    def empty(self, task: DataUpdateTask, fetched: Sequence[Fetched]) -> None:
        """Empty the target for a ``load: truncate``."""
        load = self.load_of(task, fetched)
        self._refuse_empty(task, load, fetched)
        rows = sum(one.rows for one in fetched)
        self.warehouse.empty(self.target, load, rows, minimum_percent=self._minimum_percent(task))

    def copy_into(self, task: DataUpdateTask, fetched: Sequence[Fetched], batch: Batch) -> int:
        """Copy one batch straight into the emptied target."""
        load = self.load_of(task, fetched)
        rows = self.warehouse.copy_into(self.target, load, batch.number, self.spool.read(batch), batch.rows)
        LOGGER.info("copied %s rows into %s", f"{rows:,}", self.target.table)
        return rows

    def finish_truncate(self, task: DataUpdateTask, fetched: Sequence[Fetched]) -> Counts:
        """Rebuild the indexes that a ``load: truncate`` disabled, and end it if all its rows are there.

        :raises CountMismatch: the target holds another number of rows than were read
        """
        schedule = self.source.schedule(task.update_type)
        if schedule is None:
            raise ConfigurationError(
                f"{self.source.table_name}: {task.update_type.value} is no longer enabled; enable it to "
                "finish this load"
            )
        if schedule.reindex_data:
            LOGGER.info("rebuilt indexes: %s", ", ".join(self.warehouse.rebuild_indexes(self.target)))
        load = self.load_of(task, fetched)
        return self.warehouse.finish(self.target, load, sum(one.rows for one in fetched))

    def loaded(self, task: DataUpdateTask, fetched: Sequence[Fetched]) -> Counts | None:
        """Return what the load of what was fetched did; None when it is not in the target to its end."""
        return self.warehouse.loaded(self.target, self._load(task, fetched)) if fetched else None

    def _minimum_percent(self, task: DataUpdateTask) -> int:
        schedule = self.source.schedule(task.update_type)
        if schedule is None:
            raise ConfigurationError(f"{self.source.table_name} has no enabled {task.update_type.value}")
        method = self.source.load_method(task.update_type)
        return 0 if task.allow_shrink or method is LoadMethod.MERGE else schedule.minimum_rows_percent

    def _refuse_empty(self, task: DataUpdateTask, load: Load, fetched: Sequence[Fetched]) -> None:
        """Refuse a full read that brought nothing, unless that is allowed.

        :raises SuspiciousLoad: it is not
        """
        if not load.is_full or any(one.rows for one in fetched):
            return
        if self.source.allow_empty or task.allow_shrink:
            return
        raise SuspiciousLoad(
            f"{self.source.table_name}: the source returned no row at all; nothing was changed. If it is "
            "really empty, trigger the DAG with allow_shrink, or write allow_empty: true for the table"
        )

    # -- afterwards -------------------------------------------------------------------------------

    def post_process(self, task: DataUpdateTask) -> None:
        """Run the data source's post-processor."""
        processor = make_post_processor(self.source, self.settings.include)
        if processor is not None:
            processor.process(self.warehouse, self.target, task)

    def clean_up(self, task: DataUpdateTask) -> None:
        """Drop the operation's staging tables and spool; a failure to do so is only logged.

        What stays is dropped later by the maintenance DAG, so a finished update does not fail over it.
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
