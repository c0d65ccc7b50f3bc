"""What the tests of the warehouse share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.warehouse.parts import Parts

if TYPE_CHECKING:
    from tests.databases.lab import Lab


@pytest.fixture
def parts(lab: Lab) -> Parts:
    """An empty table of parts."""
    lab.needs("MERGE")
    return Parts(lab)
