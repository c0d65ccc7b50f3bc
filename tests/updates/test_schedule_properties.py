"""Properties of the schedule over arbitrary histories: no change is lost, priority holds, bounds hold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from data_sync.settings.durations import format_duration
from data_sync.settings.models import DataSource
from data_sync.settings.update_type import UpdateType
from data_sync.updates.schedule import History, LastUpdate, Run, RunKind
from data_sync.updates.schedule import decide as decide_by_history

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


def decide(table, log, asked, multiplier, **more):
    """Decide by what the log holds; the target is what it was unless ``more`` says otherwise."""
    return decide_by_history(table, History(log, **more), asked, multiplier)


def minutes(low, high):
    return st.integers(low, high).map(lambda count: count * MINUTE)


@st.composite
def sources(draw):
    names = draw(st.sets(st.sampled_from(["mass", "daily", "hourly"]), min_size=1))
    intervals = {"mass": minutes(1000, 20000), "daily": minutes(100, 3000), "hourly": minutes(1, 200)}
    schedules = {name: {"interval": format_duration(draw(intervals[name]))} for name in sorted(names)}
    base = {"table_name": "Item", "source_system": "JDE", "fetcher": "sample", "keys": ["Id"]}
    return DataSource.model_validate(base | schedules)


@dataclass(frozen=True)
class Step:
    """One DAG run: when it belongs, how late it starts reading, and how it ends."""

    gap: timedelta
    late: timedelta
    succeeds: bool
    kind: RunKind
    pick: int
    minimum: timedelta | None


def enabled(table):
    return [update_type for update_type in UpdateType if table.schedule(update_type)]


STEPS = st.builds(
    Step,
    gap=minutes(1, 2000),
    late=minutes(0, 300),
    succeeds=st.booleans(),
    kind=st.sampled_from(RunKind),
    pick=st.integers(0, 3),
    minimum=st.none() | minutes(0, 5000),
)


@dataclass
class Timeline:
    """What many runs did: the log as later runs see it, and the windows that were read successfully."""

    table: DataSource
    multiplier: float
    clock: datetime = START
    reference: datetime = START
    log: list[LastUpdate] = field(default_factory=list)
    reads: list[tuple[datetime | None, datetime]] = field(default_factory=list)

    def play(self, step: Step) -> None:
        self.reference += step.gap
        run = self.run_of(step)
        decision = decide(self.table, self.log, run, self.multiplier)
        # One run at a time: the next begins to read when the last is over, and after its own time.
        self.clock = max(self.clock + TICK, self.reference + step.late)
        if decision.update_type is None or not step.succeeds:
            return
        if decision.advances_watermark:
            self.log.append(LastUpdate(decision.update_type, run.reference_dt, self.clock))
        if decision.maximum_dt is None:
            self.reads.append((decision.minimum_dt, self.clock))

    def run_of(self, step: Step) -> Run:
        if step.kind is RunKind.CLEARED:
            older = self.reference - step.pick * step.gap  # a run of the past, cleared now
            return Run(older, RunKind.CLEARED)
        if step.kind is RunKind.BACKFILL:
            types = enabled(self.table)
            interval = (self.reference - 3 * step.gap, self.reference - step.gap)
            return Run(self.reference, RunKind.BACKFILL, interval, types[step.pick % len(types)])
        if step.kind is RunKind.MANUAL:
            types = [None, *enabled(self.table)]
            minimum = None if step.minimum is None else self.reference - step.minimum
            return Run(self.reference, RunKind.MANUAL, None, types[step.pick % len(types)], minimum)
        return Run(self.reference)

    def finish(self) -> None:
        """End with a successful automatic run, as every history does that is looked at long enough."""
        self.play(Step(MINUTE, MINUTE, True, RunKind.CLEARED, 0, None))

    def is_read(self, stamp: datetime, visible: datetime) -> bool:
        """Whether some successful read saw a row with that stamp that became visible at that time."""
        return any(read >= visible and (minimum is None or minimum <= stamp) for minimum, read in self.reads)


@given(sources(), st.lists(STEPS, max_size=25), st.sampled_from([0, 0.5, 1, 3]))
def test_every_change_is_covered_by_a_later_successful_read(table, steps, multiplier):
    history = Timeline(table, multiplier)
    for step in steps:
        history.play(step)
    history.finish()
    # Usually the finest type's, but nothing keeps a Daily from being the more frequent one.
    shortest = min(table.schedule(kind).interval for kind in enabled(table))
    # The worst a change can do is to become visible just after a read began, and to carry a stamp as
    # old as the lookback promises to catch.
    for _, read in history.reads[:-1]:
        visible = read + TICK
        assert history.is_read(visible, visible)
        assert history.is_read(visible - multiplier * shortest, visible)


def test_the_simulation_notices_a_lost_change():
    history = Timeline(DataSource.model_validate(TABLE), 0)
    history.play(Step(MINUTE, timedelta(0), True, RunKind.SCHEDULED, 0, None))
    history.log[-1] = replace(history.log[-1], source_read_dt=history.clock + MINUTE)
    history.finish()
    visible = history.reads[0][1] + TICK
    assert not history.is_read(visible, visible)


TABLE = {
    "table_name": "Item",
    "source_system": "JDE",
    "fetcher": "sample",
    "keys": ["Id"],
    "mass": {"interval": "1d"},
    "hourly": {"interval": "1m"},
}

LOGS = st.lists(
    st.builds(
        lambda update_type, ago, late: LastUpdate(update_type, START - ago, START - ago + late),
        st.sampled_from(UpdateType),
        minutes(-500, 30000),
        minutes(0, 5000),
    ),
    max_size=6,
)


@given(sources(), LOGS, st.floats(0, 100), st.sampled_from(RunKind))
def test_minimum_never_lies_after_the_reference(table, log, multiplier, kind):
    run = Run(START, kind, (START - 60 * MINUTE, START), enabled(table)[0])
    decision = decide(table, log, run, multiplier)
    assert decision.minimum_dt is None or decision.minimum_dt <= START


@given(sources(), LOGS)
def test_the_highest_due_type_runs_and_a_due_one_is_never_passed_over(table, log):
    due = []
    for rank, update_type in enumerate(UpdateType):
        schedule = table.schedule(update_type)
        counting = [update for update in log if list(UpdateType).index(update.update_type) <= rank]
        if schedule and all(update.reference_dt <= START - schedule.interval for update in counting):
            due.append(update_type)
    decision = decide(table, log, Run(START), 3)
    assert decision.update_type is (due[0] if due else None)


@given(sources(), LOGS, st.sampled_from([RunKind.MANUAL, RunKind.CLEARED]))
def test_a_person_who_asks_always_gets_an_update(table, log, kind):
    assert decide(table, log, Run(START, kind), 3).update_type in enabled(table)


@given(sources(), LOGS, minutes(0, 50000))
def test_a_later_minimum_never_moves_the_watermark(table, log, ago):
    finest = enabled(table)[-1]
    asked = Run(START, RunKind.MANUAL, None, finest, START - ago)
    automatic = decide(table, log, replace(asked, minimum_dt=None), 3).minimum_dt
    expected = automatic is not None and START - ago <= automatic
    assert decide(table, log, asked, 3).advances_watermark is expected
