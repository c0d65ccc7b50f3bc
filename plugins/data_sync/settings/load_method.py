"""The ways in which rows get into a target."""

from __future__ import annotations

from enum import Enum


class LoadMethod(str, Enum):
    """How an update is loaded.

    MERGE brings rows into the target and deletes none. SWAP replaces the target's contents at once. TRUNCATE
    empties the target first and copies the rows straight into it.
    """

    MERGE = "merge"
    SWAP = "swap"
    TRUNCATE = "truncate"
