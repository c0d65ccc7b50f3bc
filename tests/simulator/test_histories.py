"""Random histories of a table: after every step the target keeps its promise, or is known not to.

``DATA_SYNC_SIMULATIONS`` sets how many there are. A history that fails is shrunk and printed as a program,
with the line that reproduces it.
"""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.simulator.connections import kept_connections
from tests.simulator.driver import Simulation, scheduled
from tests.simulator.run import HOWS, Accident

from data_sync.settings.update_type import UpdateType
from data_sync.updates.schedule import Run, RunKind

if TYPE_CHECKING:
    from pathlib import Path

    from tests.databases.lab import Lab

pytestmark = pytest.mark.integration

HISTORIES = int(os.environ.get("DATA_SYNC_SIMULATIONS", "150"))
STEPS = 14

SHAPES: dict[str, dict[str, Any]] = {
    "swap": {"mass": {"interval": "2d", "prepurge_data": True}},
    "truncate": {"mass": {"interval": "2d", "prepurge_data": True, "load": "truncate"}},
    "merge": {"mass": {"interval": "2d"}},
    "no mass": {},
}

KEYS = st.integers(0, 6)
LATENESS = st.sampled_from([10, 50, 60, 119, 240, 480]).map(lambda minutes: timedelta(minutes=minutes))
PAUSES = st.sampled_from([5, 30, 60, 130, 480, 2880]).map(lambda minutes: timedelta(minutes=minutes))
ACCIDENTS = st.none() | st.builds(Accident, st.integers(0, 5), st.sampled_from(HOWS), st.integers(0, 2))
PICKS = st.integers(0, 3)


class Histories(RuleBasedStateMachine):
    """What may happen to a table; a subclass knows the database and the table's shape."""

    lab: Lab
    folder: Path
    shape: dict[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.simulation: Simulation | None = None

    @property
    def sim(self) -> Simulation:
        assert self.simulation is not None
        return self.simulation

    @initialize(
        stamped=st.booleans(), daily=st.booleans(), allow_empty=st.booleans(), begun=st.booleans(),
        rows=st.integers(0, 7),
    )  # fmt: skip
    def begin(self, *, stamped: bool, daily: bool, allow_empty: bool, begun: bool, rows: int) -> None:
        values = self.shape | {"hourly": {"interval": "1h"}, "allow_empty": allow_empty}
        if stamped:
            values["last_update_column"] = "Stamp"
        if daily:
            values["daily"] = {"interval": "8h"}
        self.simulation = Simulation(self.lab, self.folder, values)
        for key in range(rows):
            self._change(key)
            self.sim.clock.tick()
        if begun:
            self.sim.begin(scheduled(self.sim))

    # -- the source ---------------------------------------------------------------------------------

    def _change(self, key: int, late: timedelta = timedelta(0), **more: Any) -> None:
        sim, now = self.sim, self.sim.clock.now
        stamp = more.pop("stamp", now)
        if not sim.source.is_locked(key, now):
            sim.source.add(key, stamp, now + late, lookbacks=sim.lookbacks, promised=sim.promised, **more)

    @rule(key=KEYS)
    def change(self, key: int) -> None:
        self._change(key)

    @rule(key=KEYS, late=LATENESS)
    def change_and_commit_late(self, key: int, late: timedelta) -> None:
        self._change(key, late)

    @rule(key=KEYS)
    def delete(self, key: int) -> None:
        if key in self.sim.source.rows:
            self._change(key, deleted=True)

    @rule(key=KEYS, back=st.none() | PAUSES)
    def change_with_a_stamp_that_goes_back(self, key: int, back: timedelta | None) -> None:
        self._change(key, stamp=self.sim.clock.now - back if back else None)

    @rule(key=KEYS)
    def change_without_a_stamp(self, key: int) -> None:
        versions = self.sim.source.rows.get(key)
        if versions:
            self._change(key, stamp=versions[-1].stamp)

    @rule(pause=PAUSES)
    def wait(self, pause: timedelta) -> None:
        self.sim.clock.tick(pause)

    # -- runs -----------------------------------------------------------------------------------------

    @rule(accident=ACCIDENTS)
    def check(self, accident: Accident | None) -> None:
        self.sim.begin(scheduled(self.sim), accident)

    @rule(pause=PAUSES)
    def wait_and_check(self, pause: timedelta) -> None:
        self.sim.clock.tick(pause)
        self.sim.begin(scheduled(self.sim))

    @rule(
        kind=st.none() | st.sampled_from(UpdateType), since=st.none() | PAUSES, length=st.none() | PAUSES,
        accident=ACCIDENTS,
    )  # fmt: skip
    def ask(
        self, kind: UpdateType | None, since: timedelta | None, length: timedelta | None,
        accident: Accident | None,
    ) -> None:  # fmt: skip
        now = self.sim.clock.now
        minimum = now - since if since else None
        maximum = minimum + length if minimum and length else None
        asked = Run(now, RunKind.MANUAL, requested_type=kind, minimum_dt=minimum, maximum_dt=maximum)
        self.sim.begin(asked, accident)

    @rule(kind=st.none() | st.sampled_from(UpdateType), ago=PAUSES, length=PAUSES, accident=ACCIDENTS)
    def backfill(
        self, kind: UpdateType | None, ago: timedelta, length: timedelta, accident: Accident | None
    ) -> None:
        end = self.sim.clock.now - ago
        asked = Run(end, RunKind.BACKFILL, (end - length, end), requested_type=kind)
        self.sim.begin(asked, accident)

    def _picked(self, pick: int) -> Any:
        return self.sim.runs[-1 - pick % len(self.sim.runs)]

    @precondition(lambda self: self.sim.runs)
    @rule(pick=PICKS, first=st.integers(0, 5), alone=st.booleans(), accident=ACCIDENTS)
    def clear(self, pick: int, first: int, alone: bool, accident: Accident | None) -> None:
        run = self._picked(pick)
        self.sim.go_on(run, first, accident, alone=alone)

    @precondition(lambda self: self.sim.runs)
    @rule(pick=PICKS, accident=ACCIDENTS)
    def clear_as_a_whole(self, pick: int, accident: Accident | None) -> None:
        self.sim.clear_as_a_whole(self._picked(pick), accident)

    @precondition(lambda self: self.sim.runs)
    @rule(pick=PICKS, accident=ACCIDENTS)
    def delete_and_make_again(self, pick: int, accident: Accident | None) -> None:
        run = self._picked(pick)
        self.sim.runs.remove(run)
        self.sim.begin(run.asked, accident, run.run_id)

    # -- the target and the configuration -------------------------------------------------------------

    @rule(how=st.sampled_from(["drop", "empty", "anew"]))
    def harm(self, how: str) -> None:
        self.sim.harm(how)

    @rule(field=st.sampled_from(["factor", "odd_only", "extra", "extra without the column"]))
    def change_definition(self, field: str) -> None:
        fetch = dict(self.sim.values["fetch"])
        name, *without = field.split(" ")
        fetch[name] = {"factor": 101 - fetch.get("factor", 1)}.get(name) or not fetch.get(name, False)
        self.sim.configure(fetch=fetch)
        if name == "extra" and not without:
            self.sim.add_column()
        self.sim.check("the definition changed")

    @rule(field=st.sampled_from(["hourly", "daily", "mass", "is_enabled"]))
    def change_intervals(self, field: str) -> None:
        values = self.sim.values
        if field == "hourly":
            other = "20m" if values["hourly"]["interval"] == "1h" else "1h"
            self.sim.configure(hourly={"interval": other})
        elif field == "daily":
            self.sim.configure(daily=None if values.get("daily") else {"interval": "8h"})
        elif values.get("mass") and field == "mass":
            mass = values["mass"]
            self.sim.configure(mass=mass | {"is_enabled": not mass.get("is_enabled", True)})
        self.sim.check("the intervals changed")

    def teardown(self) -> None:
        if self.simulation is None:
            return
        try:
            self.sim.final()
        finally:
            self.sim.drop()


@pytest.fixture(scope="module", autouse=True)
def _fast(lab: Lab) -> Any:
    """Let commits not wait for the disk, and the log be silent."""
    logging.disable(logging.ERROR)
    lab.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
    with pytest.MonkeyPatch.context() as patch, kept_connections(patch):
        yield
    lab.execute("ALTER ROLE CURRENT_USER RESET synchronous_commit")
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_history_ends_in_a_lie(lab: Lab, tmp_path: Path, shape: str) -> None:
    if lab.warehouse.dialect != "postgres":
        pytest.skip("the embedded database answers fast enough for thousands of histories")

    class Here(Histories):
        pass

    Here.lab, Here.folder, Here.shape = lab, tmp_path, SHAPES[shape]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
