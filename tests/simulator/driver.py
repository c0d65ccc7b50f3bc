"""Runs the real steps of one table against the real database, under a virtual clock, with accidents."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tests.simulator.promise import Claim, Promise
from tests.simulator.run import DAG_ID, Accident, DagRun
from tests.simulator.source import SOURCES, Clock, MemoryFetchSettings, Source

from data_sync.errors import ConfigurationError, DataSyncError, PermanentError
from data_sync.loading.batches import Fetched, Staged
from data_sync.loading.history import read_history
from data_sync.loading.leftovers import drop_older
from data_sync.loading.spool import Batch
from data_sync.loading.steps import TableSync
from data_sync.orchestration.outcome import fetched_by, outcome_of
from data_sync.settings.load import Settings
from data_sync.settings.load_method import LoadMethod
from data_sync.settings.models import DataSource, DataSyncOptions, SourceSystem
from data_sync.settings.update_type import UpdateType
from data_sync.updates.log import DataUpdateLog, Outcome
from data_sync.updates.schedule import Run, RunKind, decide
from data_sync.updates.task import decided_update

if TYPE_CHECKING:
    from tests.databases.lab import Lab

NUMBERS = count()
TRIES = count()
BATCH_SIZE = 3

_BAD = ("failed", "upstream_failed")


class Stopped(Exception):
    """A process is gone."""


class Halfway(DataSyncError):
    """A step fails after some of its batches."""


class Simulation:
    """One table with its source, its target, its configuration, and the runs that there have been.

    :param lab: the database
    :param folder: where the spool is
    :param values: the data source's configuration
    """

    def __init__(self, lab: Lab, folder: Path, values: dict[str, Any]) -> None:
        self.lab = lab
        self.name = f"Simulated{next(NUMBERS)}"
        self.clock, self.source, self.promise = Clock(), Source(), Promise()
        SOURCES[self.name] = self.source, self.clock
        self.options = DataSyncOptions(
            batch_size=BATCH_SIZE,
            lookback_multiplier=1,
            warehouse=lab.options,
            spool=str(folder / "spool"),
            source_systems={"Memory": SourceSystem(pool="memory")},
        )
        self.values: dict[str, Any] = {
            "table_name": self.name, "source_system": "Memory", "keys": ("Id",), "create_table": True,
            "fetcher": "tests.simulator.source.MemoryFetcher", "fetch": {"world": self.name},
        } | values  # fmt: skip
        self.folder = folder
        self.log = DataUpdateLog(lab.warehouse)
        self.log.clock = self.clock
        self.runs: list[DagRun] = []
        self.promised = timedelta(0)
        self.configure()

    # -- the configuration ------------------------------------------------------------------------

    def configure(self, **changes: Any) -> None:
        """Change the configuration, which all later tasks read."""
        self.values = self.values | changes
        source = DataSource.model_validate(self.values)
        self.sync = TableSync(Settings(self.options, {self.name: source}, (), self.folder), source)
        self.sync.warehouse = self.lab.warehouse
        self.sync.clock = self.clock

    @property
    def definition(self) -> MemoryFetchSettings:
        """As what the source is read."""
        return MemoryFetchSettings.model_validate(self.values["fetch"])

    @property
    def lookbacks(self) -> dict[UpdateType, timedelta]:
        """How late after its stamp a row may be committed, by the type of update."""
        kinds = (UpdateType.DAILY, UpdateType.HOURLY)
        found = {kind: self.sync.source.schedule(kind) for kind in kinds}
        return {kind: one.interval for kind, one in found.items() if one} | {UpdateType.MASS: timedelta(0)}

    # -- runs -------------------------------------------------------------------------------------

    def begin(
        self,
        asked: Run,
        accident: Accident | None = None,
        run_id: str | None = None,
        *,
        allow_shrink: bool = False,
    ) -> DagRun:
        """Begin a run and go on to its end, or to its accident."""
        run = DagRun(run_id or f"run{next(NUMBERS)}", asked)
        self.runs.append(run)
        self.choose(run, allow_shrink=allow_shrink)
        self.go_on(run, 0, accident)
        return run

    def choose(self, run: DagRun, *, allow_shrink: bool = False) -> None:
        """Decide what a run does."""
        run.task, run.states = None, {}
        history = read_history(self.log, self.sync, self.clock.now, (DAG_ID, run.run_id))
        try:
            decision = decide(self.sync.source, history, run.asked, self.options.lookback_multiplier)
        except ConfigurationError:
            return
        run.lookbacks = self.lookbacks
        run.task = decided_update(self.sync.source, run.asked, decision, allow_shrink=allow_shrink)

    def clear_as_a_whole(self, run: DagRun, accident: Accident | None) -> None:
        """Clear all of a run's tasks: it decides anew."""
        kind = RunKind.CLEARED if run.asked.kind is RunKind.SCHEDULED else run.asked.kind
        run.asked = replace(run.asked, kind=kind)
        self.choose(run)
        self.go_on(run, 0, accident)

    def steps(self, run: DagRun) -> list[str]:
        """Return the names of a run's tasks, in order."""
        if run.task is None:
            return []
        method = self.sync.source.load_method(run.task.update_type)
        middle = {
            LoadMethod.MERGE: ["stage", "merge"],
            LoadMethod.SWAP: ["stage", "publish"],
            LoadMethod.TRUNCATE: ["empty", "copy", "finish"],
        }[method]
        return ["open", "fetch", *middle, "close_update"]

    def go_on(
        self, run: DagRun, first: int, accident: Accident | None = None, *, alone: bool = False
    ) -> None:
        """Run a run's tasks from one on, as if they had been cleared.

        :param first: the place of the first
        :param alone: run this one only, and the one that closes the update
        """
        everything = self.steps(run)
        names = everything[first:]
        run.states = {name: run.states.get(name) for name in everything}
        if alone and names:
            names = list(dict.fromkeys([names[0], names[-1]]))
        run.states.update(dict.fromkeys(names))
        run.is_live = True
        try:
            for place, name in enumerate(names):
                here = accident if accident and accident.place == place else None
                before = everything[: everything.index(name)]
                if name != "close_update" and any(run.states[one] in _BAD for one in before):
                    run.states[name] = "upstream_failed"
                    continue
                self.step(run, name, here)
        except Stopped:
            run.is_live = accident is not None and accident.how == "pause"
        else:
            run.is_live = False

    def step(self, run: DagRun, name: str, accident: Accident | None) -> None:
        """Run one task, with what befalls it."""
        self.clock.tick(timedelta(minutes=1))
        how = accident.how if accident else None
        if how in ("kill", "pause"):
            raise Stopped
        mapped = name in ("stage", "copy")
        if how in ("fail", "mark") and not mapped:
            run.states[name] = "failed" if how == "fail" else "success"
            return
        try:
            getattr(self, f"_{name}")(run, accident)
        except DataSyncError:
            run.states[name] = "failed"
        else:
            run.states[name] = "failed" if how in ("fail", "fail after", "tear") else "success"
        finally:
            self.check(f"{name} of {run.run_id}")

    # -- tasks, each with what befalls it -----------------------------------------------------------

    def _open(self, run: DagRun, accident: Accident | None) -> None:
        run.update_id = None
        live = {one.run_id for one in self.runs if one.is_live and one is not run}
        self.log.close_open_updates(lambda update: update.run_id in live, self.name)
        update_id = self._start(run)
        drop_older(self.log, self.sync.spool, self.name, run.decided.operation_id)
        run.update_id = self._result(update_id, accident)

    def _start(self, run: DagRun) -> int:
        return self.log.start_update(run.decided, DAG_ID, run.run_id, "scheduled", 1)

    def _fetch(self, run: DagRun, accident: Accident | None) -> None:
        run.fetched = None
        fetched = self.sync.fetch(run.decided).to_dict()
        run.fetched = self._result(fetched, accident)

    def _batches(self, run: DagRun) -> list[Batch]:
        return [Batch(**one) for one in run.fetched["batches"]] if run.fetched else []

    def _fetched(self, run: DagRun) -> list[Fetched]:
        return fetched_by({"ti": run})

    def _stage(self, run: DagRun, accident: Accident | None) -> None:
        for place, batch in enumerate(self._batches(run)):
            here = self._mapped(run, place, accident)
            if here and here.how in ("fail", "mark", "tear"):
                continue
            run.staged.pop(place, None)
            staged = self.sync.stage(run.decided, batch, next(TRIES))
            run.staged[place] = self._result(asdict(staged), here) or {}

    def _mapped(self, run: DagRun, place: int, accident: Accident | None) -> Accident | None:
        """Return what befalls one of the mapped tasks."""
        if accident is None or accident.batch % max(1, len(self._batches(run))) != place:
            return None
        return accident

    def _staged(self, run: DagRun) -> list[Staged]:
        return [Staged(**one) for _, one in sorted(run.staged.items()) if one]

    def _merge(self, run: DagRun, accident: Accident | None) -> None:
        self._torn(accident, "merge")
        try:
            self.sync.merge(run.decided, self._fetched(run), self._staged(run))
        finally:
            self.sync.warehouse.__dict__.pop("merge", None)
        self._result(None, accident)

    def _torn(self, accident: Accident | None, method: str) -> None:
        """Let the warehouse fail after a number of batches."""
        if accident is None or accident.how != "tear":
            return
        warehouse, done = self.sync.warehouse, count()
        whole = getattr(type(warehouse), method)

        def torn(*arguments: Any, **more: Any) -> Any:
            if next(done) > accident.batch:
                raise Halfway
            return whole(warehouse, *arguments, **more)

        setattr(warehouse, method, torn)

    def _publish(self, run: DagRun, accident: Accident | None) -> None:
        self.sync.publish(run.decided, self._fetched(run), self._staged(run))
        self._result(None, accident)

    def _empty(self, run: DagRun, accident: Accident | None) -> None:
        self.sync.empty(run.decided, self._fetched(run))
        self._result(None, accident)

    def _copy(self, run: DagRun, accident: Accident | None) -> None:
        for place, batch in enumerate(self._batches(run)):
            here = self._mapped(run, place, accident)
            if here and here.how in ("fail", "mark", "tear"):
                continue
            self.sync.copy_into(run.decided, self._fetched(run), batch)
            self._result(None, here)

    def _finish(self, run: DagRun, accident: Accident | None) -> None:
        self.sync.finish_truncate(run.decided, self._fetched(run))
        self._result(None, accident)

    def _close_update(self, run: DagRun, accident: Accident | None) -> None:
        outcome = outcome_of(self.sync, run.decided, {"ti": run, "dag": _Dag})
        is_open = run.update_id is not None and self.log.complete_update(run.update_id, outcome)
        if not is_open and outcome.succeeded:
            is_open = self.log.complete_update(self._start(run), outcome)
        if not outcome.succeeded:
            raise PermanentError("the update failed")
        if is_open:
            self._claim(run, outcome)
        self.sync.clean_up(run.decided)

    @staticmethod
    def _result(value: Any, accident: Accident | None) -> Any:
        """Return what a task returns; nothing where it dies or fails before."""
        if accident is None or accident.how not in ("kill after", "fail after"):
            return value
        if accident.how == "kill after":
            raise Stopped
        return None

    # -- what is promised ---------------------------------------------------------------------------

    def _claim(self, run: DagRun, outcome: Outcome) -> None:
        task = run.decided
        method = self.sync.source.load_method(task.update_type)
        assert outcome.source_read_dt is not None
        claim = Claim(
            task, outcome.source_read_dt, self.definition, run.lookbacks, method is not LoadMethod.MERGE
        )
        self.promise.add(claim, self.source)
        if task.advances_watermark:
            self.promised = task.lookback

    def target(self) -> dict[int, tuple[int, ...]]:
        """Return the target's rows by key, without their stamps."""
        if not self.lab.warehouse.columns(self.sync.target.table):
            return {}
        rows = self.lab.rows(self.sync.target)
        names = ("Value", "Extra") if self.definition.extra else ("Value",)
        found = {row["Id"]: tuple(row.get(name) for name in names) for row in rows}
        assert len(found) == len(rows), "a row is doubled"
        return found

    def check(self, when: str) -> None:
        """Check that the target keeps what the log promises, or is known not to."""
        found = self.promise.broken_by(self.target(), self.definition, self.source)
        if found and self.sync.why_broken() is None:
            raise AssertionError(f"healthy after {when}, but " + "; ".join(found))

    def final(self) -> None:
        """Check that an undisturbed full read makes the target equal to the source."""
        for run in self.runs:
            run.is_live = False
        self.clock.tick(timedelta(days=2))
        if self.definition.extra:
            self.add_column()
        if self.sync.source.mass is None:
            # Without a Mass everything is read when there is nothing to build on.
            self.harm("drop")
            asked = scheduled(self)
        else:
            mass = self.values["mass"] | {"is_enabled": True}
            self.configure(mass=mass)
            asked = Run(self.clock.now, RunKind.MANUAL, requested_type=UpdateType.MASS)
        run = self.begin(asked, allow_shrink=True)
        assert run.states["close_update"] == "success", "an undisturbed full read failed"
        assert self.sync.why_broken() is None
        expected = {
            key: self.definition.row(key, version) for key, version in self.source.read(self.clock.now)
        }
        expected = {key: row for key, row in expected.items() if row}
        found = self.target()
        deletes = self.sync.source.load_method(run.decided.update_type) is not LoadMethod.MERGE
        if not deletes:
            found = {key: row for key, row in found.items() if key in expected}
        assert found == expected, "an undisturbed full read did not make the target equal to the source"

    def harm(self, how: str) -> None:
        """Drop the target, empty it, or create it anew."""
        table = self.sync.target.table
        name = f'"{table.schema}"."{table.name}"'
        if not self.lab.warehouse.columns(table):
            return
        if how == "drop":
            self.lab.execute(f"DROP TABLE {name}")
        elif how == "empty":
            self.lab.execute(f"DELETE FROM {name}")
        else:
            self.lab.execute(f'CREATE TABLE {name[:-1]}2" (LIKE {name} INCLUDING ALL)')
            self.lab.execute(f"DROP TABLE {name}")
            self.lab.execute(f'ALTER TABLE {name[:-1]}2" RENAME TO "{table.name}"')
        self.check(f"the target: {how}")

    def add_column(self) -> None:
        """Add the column that a definition with ``extra`` reads to the target."""
        table = self.sync.target.table
        if self.lab.warehouse.columns(table):
            self.lab.execute(
                f'ALTER TABLE "{table.schema}"."{table.name}" ADD COLUMN IF NOT EXISTS "Extra" bigint'
            )

    def drop(self) -> None:
        """Leave nothing behind."""
        del SOURCES[self.name]
        log, table = self.lab.options.log_schema, self.sync.target.table
        self.lab.execute(f'DROP TABLE IF EXISTS "{table.schema}"."{table.name}"')
        for name in ("DataUpdate", "Baseline", "LoadedBatch"):
            self.lab.execute(f"""DELETE FROM "{log}"."{name}" WHERE "TableName" = '{self.name}'""")
        for name in self.lab.warehouse.staging_tables(f"Staging{self.name}_"):
            self.lab.warehouse.drop_staging(name)


class _Dag:
    """The DAG, of which the close asks for tasks that are not mapped."""

    task_dict: ClassVar[dict[str, Any]] = {}


def scheduled(simulation: Simulation) -> Run:
    """Return a check by the schedule, now."""
    return Run(simulation.clock.now, RunKind.SCHEDULED)
