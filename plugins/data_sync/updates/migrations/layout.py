"""What the log consists of at a version: the outcome of the migrations up to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from data_sync.warehouse.migration import (
    INSTANT,
    INT,
    AddColumn,
    Change,
    CreateIndex,
    CreateTable,
    DropTable,
    Migration,
    ReplaceView,
    required,
    text,
)

VERSION_TABLE = CreateTable(
    "SchemaVersion",
    (required("Version", INT), required("AppliedDT", INSTANT), required("PackageVersion", text(64))),
    ("Version",),
)
"""A row for each migration that has been applied; the highest is the log's version."""


@dataclass(frozen=True)
class Layout:
    """Tables, indexes and views by name."""

    tables: Mapping[str, CreateTable]
    indexes: Mapping[str, CreateIndex]
    views: Mapping[str, ReplaceView]


def layout_after(migrations: Iterable[Migration]) -> Layout:
    """Return what migrations lead to, beginning with nothing."""
    layout = Layout({}, {}, {})
    for migration in migrations:
        for change in migration.changes:
            layout = _after(layout, change)
    return layout


def _after(layout: Layout, change: Change) -> Layout:
    match change:
        case CreateTable():
            return replace(layout, tables={**layout.tables, change.name: change})
        case AddColumn():
            table = layout.tables[change.table]
            longer = replace(table, columns=(*table.columns, change.column))
            return replace(layout, tables={**layout.tables, table.name: longer})
        case CreateIndex():
            return replace(layout, indexes={**layout.indexes, change.name: change})
        case ReplaceView():
            return replace(layout, views={**layout.views, change.name: change})
        case DropTable():
            tables = {name: table for name, table in layout.tables.items() if name != change.name}
            indexes = {name: one for name, one in layout.indexes.items() if one.table != change.name}
            return replace(layout, tables=tables, indexes=indexes)
