"""One update of one table in this very process: the same steps as the DAG's, without a scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from data_sync.errors import ConfigurationError, PermanentError
from data_sync.loading.batches import Fetched
from data_sync.loading.history import read_history
from data_sync.loading.leftovers import drop_older
from data_sync.loading.progress import watched
from data_sync.loading.steps import TableSync
from data_sync.settings.load_method import LoadMethod
from data_sync.settings.update_type import UpdateType
from data_sync.updates.liveness import TERMINAL, is_held, operation_lock
from data_sync.updates.log import DataUpdateLog, OpenUpdate, Outcome
from data_sync.updates.schedule import Run, RunKind, decide
from data_sync.updates.task import DataUpdateTask, decided_update
from data_sync.warehouse.interface import Counts

if TYPE_CHECKING:
    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource

LOGGER = logging.getLogger(__name__)


class Watch(Protocol):
    """Is told how far an update has come."""

    def step(self, name: str, rows: int | None) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a step; call what the block gets with the rows that are done.

        :param rows: how many there will be; None when nobody knows
        """


@dataclass(frozen=True)
class Request:
    """What a person asks for; see the parameters of the DAGs."""

    update_type: UpdateType | None = None
    minimum_dt: datetime | None = None
    maximum_dt: datetime | None = None
    requested_by: str = ""
    allow_shrink: bool = False


class TerminalSync:
    """Runs updates of one table.

    While one runs, its process holds the operation's lock, by which others see that it lives. Whatever
    ends it short of SIGKILL closes its log row; after that the table's next update or the maintenance
    DAG does.

    :param settings: the loaded configuration
    :param source: the table's data source
    :param log: the log
    :param watch: is told of the progress
    """

    def __init__(self, settings: Settings, source: DataSource, log: DataUpdateLog, watch: Watch) -> None:
        self.settings = settings
        self.source = source
        self.log = log
        self.watch = watch
        self.sync = TableSync(settings, source)

    def run(self, request: Request) -> tuple[DataUpdateTask, Outcome]:
        """Run the update that is asked for, and return it with how it ended.

        :raises ConfigurationError: what was asked for cannot be done
        :raises DataSyncError: a step failed; the log row is closed as failed
        """
        now = datetime.now(timezone.utc)
        run_id = f"{TERMINAL}__{now.isoformat()}__{uuid4().hex[:8]}"
        task = self._decide(request, now)
        LOGGER.info("%s: %s", task.table_name, task.reason)
        with operation_lock(self.log.warehouse, task.operation_id):
            self._close_interrupted(task)
            update_id = self._start(task, run_id)
            drop_older(self.log, self.sync.spool, task.table_name, task.operation_id)
            outcome = Outcome(succeeded=False)
            try:
                fetched = self._fetch(task)
                outcome = replace(
                    outcome,
                    fetched=fetched.rows,
                    source_read_dt=fetched.source_read_dt,
                    reading=fetched.reading,
                )
                outcome = replace(outcome, counts=self._load(task, fetched))
                if self.source.post_processor:
                    with self.watch.step("post-process", None):
                        self.sync.post_process(task)
                outcome = replace(outcome, succeeded=True)
            except BaseException as error:
                outcome = replace(
                    outcome,
                    error=f"{type(error).__name__}: {error}",
                    is_permanent=isinstance(error, PermanentError),
                )
                raise
            finally:
                if not self.log.complete_update(update_id, outcome) and outcome.succeeded:
                    # The lock's connection broke, and somebody took this process for dead.
                    self.log.complete_update(self._start(task, run_id), outcome)
                self.sync.clean_up(task)
        return task, outcome

    def _start(self, task: DataUpdateTask, run_id: str) -> int:
        return self.log.start_update(task, TERMINAL, run_id, TERMINAL, 1)

    def _decide(self, request: Request, now: datetime) -> DataUpdateTask:
        run = Run(
            now,
            RunKind.MANUAL,
            requested_type=request.update_type,
            minimum_dt=request.minimum_dt,
            maximum_dt=request.maximum_dt,
        )
        history = read_history(self.log, self.sync, now)
        decision = decide(self.source, history, run, self.settings.options.lookback_multiplier)
        task = decided_update(
            self.source,
            run,
            decision,
            requested_by=request.requested_by or None,
            allow_shrink=request.allow_shrink,
        )
        if task is None:
            raise ConfigurationError(f"{self.source.table_name}: {decision.reason}")
        return task

    def _close_interrupted(self, task: DataUpdateTask) -> None:
        """Close what earlier processes left open; of Airflow's runs a terminal cannot tell who lives."""

        def is_live(update: OpenUpdate) -> bool:
            return update.dag_id != TERMINAL or is_held(update.operation_id, self.settings.options)

        self.log.close_open_updates(is_live, task.table_name)
        for update in self.log.open_updates(task.table_name):
            LOGGER.warning(
                "%s: run %s is marked as running a %s as well; the table's lock keeps the two apart",
                update.table_name, update.run_id, update.update_type,
            )  # fmt: skip

    def _fetch(self, task: DataUpdateTask) -> Fetched:
        with self.watch.step("fetch", None) as advance, watched(lambda _, rows: advance(rows)):
            return self.sync.fetch(task)

    def _load(self, task: DataUpdateTask, fetched: Fetched) -> Counts:
        method = self.source.load_method(task.update_type)
        if method is LoadMethod.TRUNCATE:
            with self.watch.step("empty", None):
                self.sync.empty(task, [fetched])
            with self.watch.step("copy", fetched.rows) as advance:
                for batch in fetched.batches:
                    self.sync.copy_into(task, [fetched], batch)
                    advance(batch.rows)
            with self.watch.step("rebuild indexes", None):
                return self.sync.finish_truncate(task, [fetched])
        staged = []
        with self.watch.step("stage", fetched.rows) as advance:
            for batch in fetched.batches:
                staged.append(self.sync.stage(task, batch, 1))
                advance(batch.rows)
        is_swap = method is LoadMethod.SWAP
        with self.watch.step("publish" if is_swap else "merge", None):
            load = self.sync.publish if is_swap else self.sync.merge
            return load(task, [fetched], staged)
