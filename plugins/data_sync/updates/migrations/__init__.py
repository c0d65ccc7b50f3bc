"""The versions of the log's tables: a numbered file for each, with what it changes.

A new version is a new file ``m<number>_<what>.py`` in this folder, with a ``MIGRATION``; nothing else lists
it. A file that has been released is never changed.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from data_sync.warehouse.migration import Migration


@cache
def all_migrations() -> tuple[Migration, ...]:
    """Return the migrations in order: the first one makes version 1."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name[:1] == "m")
    numbers = [int(name[1:5]) for name in names]
    if numbers != list(range(1, len(names) + 1)):
        raise RuntimeError(f"the migrations must be numbered from 1 on without a gap; found {names}")
    return tuple(import_module(f"{__name__}.{name}").MIGRATION for name in names)
