"""Whether changes may be built on what a target holds, and the words that say why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from data_sync.updates.baseline import difference, why_broken
from data_sync.warehouse.interface import Baseline, TargetState

NOON = datetime(2026, 3, 10, 12, tzinfo=timezone.utc)
DEFINITION = {"source system": "JDE", "filter": "DCTO = 'WO'", "column Id": "DOCO integer"}
HELD = Baseline("17/2026", True, DEFINITION, True, 5, 3, NOON, "0123456789abcdef", None)
STATE = TargetState("17/2026", True, HELD)


def broken(now=DEFINITION, identity="17/2026", holds_rows=True, **held):
    return why_broken(TargetState(identity, holds_rows, replace(HELD, **held)), now)


def test_a_target_that_is_what_the_last_update_left_can_be_built_on():
    assert why_broken(STATE, DEFINITION) is None


def test_an_empty_target_that_was_left_empty_can_be_built_on():
    assert broken(holds_rows=False, held_rows=False) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"identity": None}, "the target table does not exist"),
        ({"identity": "18/2026"}, "the target was created anew since the last update"),
        ({"holds_rows": False}, "the target is empty though the last update left rows in it"),
        ({"is_complete": False, "loading": "op:7"}, "the last full load did not finish"),
        ({"is_complete": False}, "the target was emptied since the last full load"),
        ({"full_reading": 0}, "no full load of the target is recorded"),
        ({"now": DEFINITION | {"filter": "none"}}, "filter changed from \"DCTO = 'WO'\" to 'none'"),
        ({"now": DEFINITION | {"column Currency": "CRCD text(3)"}}, "column Currency was added"),
        ({"now": {"source system": "JDE"}}, "column Id was taken out, filter was taken out"),
    ],
)
def test_the_reason_names_what_is_wrong(changes, reason):
    assert reason in broken(**changes)


def test_a_target_that_nothing_is_recorded_of_cannot_be_built_on():
    assert why_broken(replace(STATE, baseline=None), DEFINITION) == "no full load of the target is recorded"


def test_many_changes_are_counted():
    now = DEFINITION | {f"column {number}": "X text(1)" for number in range(5)}
    named = "column 0 was added, column 1 was added, column 2 was added"
    assert difference(DEFINITION, now) == (f"{named} and 2 more changes since the last full load")


def test_long_definitions_are_cut():
    text = difference({"query": "SELECT " + "x" * 500}, {"query": "SELECT " + "y" * 500})
    assert len(text) < 200
