"""The three kinds of update."""

from __future__ import annotations

from enum import Enum


class UpdateType(str, Enum):
    """The three kinds of update, named as in the DataUpdate log. Mass outranks Daily outranks Hourly."""

    MASS = "Mass"
    DAILY = "Daily"
    HOURLY = "Hourly"

    @property
    def group_id(self) -> str:
        """The id of the task group that runs this type: ``mass``, ``daily`` or ``hourly``."""
        return self.value.lower()
