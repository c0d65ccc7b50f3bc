"""Brings the log to the version that this package writes."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from data_sync import __version__
from data_sync.errors import PermanentError
from data_sync.updates.migrations import all_migrations, version_sql
from data_sync.updates.migrations.layout import VERSION_TABLE, Layout, layout_after
from data_sync.warehouse.interface import Session, Warehouse
from data_sync.warehouse.migration import AddColumn, Change, Migration, OwnColumn

LOGGER = logging.getLogger(__name__)


def install(warehouse: Warehouse, migrations: Sequence[Migration] | None = None) -> None:
    """Create the schemas and the log where they are missing, and bring an older log to this version.

    One query where there is nothing to do. Otherwise each migration runs in a transaction of its own, under
    a lock that admits one process, so that any number of them may call this at once and any of them may die.

    :param migrations: those of this package unless given
    :raises PermanentError: the log was made by a newer package, or lacks a column
    """
    migrations = all_migrations() if migrations is None else migrations
    try:
        if _is_current(warehouse, migrations):
            return
    except PermanentError as error:  # most likely something that the query names is not there yet
        LOGGER.debug("the log is not as it should be: %s", error)
    while _advance(warehouse, migrations):
        pass
    _is_current(warehouse, migrations)  # raises what stands in the way of reading the log


def _is_current(warehouse: Warehouse, migrations: Sequence[Migration]) -> bool:
    statement = version_sql.current(warehouse.log_schema, layout_after(migrations), warehouse.schema_exists())
    with warehouse.transaction() as session:
        found = session.rows(statement, {"name": warehouse.staging_schema})[0]
    return bool(found["Version"] == len(migrations) and found["Schemas"])


def _advance(warehouse: Warehouse, migrations: Sequence[Migration]) -> bool:
    """Apply the next migration, if there is one, and return whether there are more."""
    with warehouse.installing() as session:
        existing = _Existing(warehouse, session)
        version = _version(warehouse, session, existing)
        if version > len(migrations):
            raise _newer(warehouse, session, version, len(migrations))
        layout = layout_after(migrations[:version])
        _refuse_lacking(warehouse, layout, existing)
        warehouse.create_schemas(session, [warehouse.log_schema, warehouse.staging_schema])
        for change in _missing(layout, existing):
            _apply(warehouse, session, change)
        if version and not existing.has(VERSION_TABLE.name):
            _record(warehouse, session, version)
        if version == len(migrations):
            return False
        for change in migrations[version].changes:
            _apply(warehouse, session, change)
        _record(warehouse, session, version + 1)
    return version + 1 < len(migrations)


class _Existing:
    """The tables and views in the log's schema, with their columns."""

    def __init__(self, warehouse: Warehouse, session: Session) -> None:
        self._ignores_case = warehouse.ignores_case
        self._columns: defaultdict[str, set[str]] = defaultdict(set)
        for row in session.rows(version_sql.existing_columns(), {"schema": warehouse.log_schema}):
            self._columns[self._known(row["TableName"])].add(self._known(row["ColumnName"]))

    def _known(self, name: str) -> str:
        return name.lower() if self._ignores_case else name

    def has(self, table: str) -> bool:
        """Return whether there is a table or view."""
        return self._known(table) in self._columns

    def has_column(self, table: str, column: str) -> bool:
        """Return whether a table has a column."""
        return self._known(column) in self._columns.get(self._known(table), ())


def _version(warehouse: Warehouse, session: Session, existing: _Existing) -> int:
    """Return the version of the log that is there: 0 when there is none."""
    if existing.has(VERSION_TABLE.name):
        found = session.rows(version_sql.recorded(warehouse.log_schema))
        return int(found[0]["Version"]) if found else 0
    return 1 if existing.has("DataUpdate") else 0


def _missing(layout: Layout, existing: _Existing) -> list[Change]:
    """Return what brings back that which somebody dropped, or an unversioned log never had."""
    changes: list[Change] = [VERSION_TABLE, *layout.tables.values()]
    changes = [one for one in changes if not existing.has(one.name)]  # type: ignore[union-attr]
    if not existing.has(VERSION_TABLE.name):
        # A log from before there were versions may lack an index; later ones got theirs with their version.
        changes += layout.indexes.values()
    return changes + [view for view in layout.views.values() if not existing.has(view.name)]


def _apply(warehouse: Warehouse, session: Session, change: Change) -> None:
    for statement in warehouse.render(change):
        session.execute(statement)


def _record(warehouse: Warehouse, session: Session, version: int) -> None:
    LOGGER.info("the log in schema %r is at version %d now", warehouse.log_schema, version)
    values = {
        "Version": version,
        "AppliedDT": session.stamp(datetime.now(timezone.utc)),
        "PackageVersion": __version__,
    }
    session.execute(version_sql.record(warehouse.log_schema), values)


def _newer(warehouse: Warehouse, session: Session, version: int, known: int) -> PermanentError:
    made_by = session.rows(version_sql.recorded(warehouse.log_schema))[0]["PackageVersion"]
    return PermanentError(
        f"the log in schema {warehouse.log_schema!r} has version {version}, made by data-sync {made_by}; "
        f"this is data-sync {__version__}, which knows versions up to {known}. Install data-sync {made_by} "
        "or later here as well, or give this installation a log of its own (warehouse.log_schema)"
    )


def _refuse_lacking(warehouse: Warehouse, layout: Layout, existing: _Existing) -> None:
    """Refuse a log whose tables lack columns.

    :raises PermanentError: some are missing; the message names them
    """
    lacking: Mapping[str, OwnColumn] = {
        f"{table.name}.{column.name}": column
        for table in layout.tables.values()
        if existing.has(table.name)
        for column in table.columns
        if not existing.has_column(table.name, column.name)
    }
    if not lacking:
        return
    begin_anew = (
        "set warehouse.log_schema to the name of a new schema, where every table begins with a full load"
    )
    cure = f"Restore it from a backup, or {begin_anew}"
    if all(column.nullable for column in lacking.values()):
        statements = [
            statement
            for name, column in lacking.items()
            for statement in warehouse.render(AddColumn(name.partition(".")[0], column))
        ]
        cure = f"Run {'; '.join(statements)}; or {begin_anew}"
    raise PermanentError(
        f"the log in schema {warehouse.log_schema!r} lacks {', '.join(lacking)}, which its version has; "
        f"nothing was changed. {cure}"
    )
