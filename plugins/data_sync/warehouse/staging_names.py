"""How staging tables are named."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_LENGTH = 63
"""PostgreSQL cuts identifiers at 63 bytes; SQL Server allows 128."""

_ROOM_FOR_SUFFIX = 26

# Case is overlooked: a server may fold names.
_STAGING = re.compile(r"(?P<prefix>Staging.*_(?P<operation>[0-9a-f]{16})_)\w+", re.DOTALL | re.IGNORECASE)


def staging_prefix(table_name: str, operation_id: str) -> str:
    """Return what the names of all staging tables of one operation start with.

    ``Staging{Table}_{OperationId}_``, the table's part cut so that the whole name fits any warehouse.
    """
    room = MAX_LENGTH - _ROOM_FOR_SUFFIX - len("Staging__") - len(operation_id)
    cut = table_name.encode()[:room].decode(errors="ignore")
    return f"Staging{cut}_{operation_id}_"


def staging_name(table_name: str, operation_id: str, batch: int, reading: int, try_number: int) -> str:
    """Return ``Staging{Table}_{OperationId}_{batch}_{reading}_{try}``, unique for every try to stage it."""
    return f"{staging_prefix(table_name, operation_id)}{batch}_{reading}_{try_number}"


class StagingName(NamedTuple):
    """What the name of a staging table tells: its operation, and the start of all its operation's names."""

    prefix: str
    operation_id: str


def parse_staging_name(name: str) -> StagingName | None:
    """Return the parts of any name that begins as :func:`staging_prefix` says; None for another name."""
    found = _STAGING.fullmatch(name)
    return StagingName(found["prefix"], found["operation"].lower()) if found else None
