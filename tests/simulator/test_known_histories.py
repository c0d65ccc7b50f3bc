"""Histories that once ended in a lie, as the simulator found or suggested them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.simulator.test_histories import SHAPES, Histories

from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from pathlib import Path

    from tests.databases.lab import Lab

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("since", [None, timedelta(hours=1)])
def test_a_definition_that_is_changed_and_changed_back(
    lab: Lab, tmp_path: Path, since: timedelta | None
) -> None:
    history = Histories()
    history.lab, history.folder, history.shape = lab, tmp_path, SHAPES["swap"]
    history.begin(stamped=True, daily=True, allow_empty=False, begun=True, rows=5)
    history.change_definition("factor")
    history.ask(UpdateType.HOURLY, since, None, None)
    history.change_definition("factor")
    history.teardown()
