"""The post-processor that runs a SQL file."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from data_sync.errors import ConfigurationError, DataSyncError
from data_sync.fetchers.odbc.placeholders import check_placeholders, pyformat
from data_sync.post_processors.base import PostProcessor, PostProcessSettings
from data_sync.post_processors.dialect_file import DialectFile

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource
    from data_sync.updates.task import DataUpdateTask
    from data_sync.warehouse.interface import Target, Warehouse

LOGGER = logging.getLogger(__name__)

PLACEHOLDERS = ("table_name", "target_schema", "update_type", "operation_id", "minimum_dt")

# Without a type, PostgreSQL cannot tell what a NULL is meant to be.
_TYPED = {"postgres": "CAST(%(minimum_dt)s AS timestamptz)", "mssql": "CAST(%(minimum_dt)s AS datetime2(6))"}


class SqlFileSettings(PostProcessSettings):
    """Settings of :class:`SqlFilePostProcessor`.

    :ivar file: SQL file, relative to ``include/``; ``{dialect}`` in it becomes ``mssql`` or ``postgres``
    """

    file: str = Field(min_length=1)


class SqlFilePostProcessor(PostProcessor):
    """Runs every statement of a SQL file in one transaction.

    Statements are separated by a line that holds nothing but ``GO``, as in Microsoft's own tools, so a
    procedure body may contain semicolons. ``:table_name``, ``:target_schema``, ``:update_type``,
    ``:operation_id`` and ``:minimum_dt`` are bound as values, as in the SQL files of fetchers;
    ``:minimum_dt`` is UTC, and NULL after a full load.

    :raises ConfigurationError: the file is missing, holds no statement, or names another placeholder
    """

    Settings = SqlFileSettings
    settings: SqlFileSettings

    def __init__(self, source: DataSource, base: Path) -> None:
        super().__init__(source, base)
        self.file = DialectFile(base, self.settings.file)
        self.file.check("post_process.file")
        for dialect in self.file.written():
            self._statements(dialect)

    def _statements(self, dialect: str) -> list[str]:
        statements = split_batches(self.file.read(dialect))
        try:
            if not statements:
                raise ValueError("holds no statement; write one")
            check_placeholders("\n".join(statements), PLACEHOLDERS)
        except ValueError as error:
            raise ConfigurationError(f"post_process.file: {self.file.path(dialect)}: {error}") from None
        return statements

    def process(self, warehouse: Warehouse, target: Target, update: DataUpdateTask) -> None:
        """Run the file's statements; all of them take effect, or none.

        :raises DataSyncError: a statement failed; the message names the file and says how far it came
        """
        statements = self._statements(warehouse.dialect)
        values = {
            "table_name": target.table.name,
            "target_schema": target.table.schema,
            "update_type": update.update_type.value,
            "operation_id": update.operation_id,
            "minimum_dt": _stamp(update.minimum_dt, warehouse.dialect),
        }
        done = 0
        try:
            with warehouse.transaction() as session:
                for statement in statements:
                    sql, used = _bound(statement, values, warehouse.dialect)
                    touched = session.execute(sql, used)
                    done += 1
                    LOGGER.info("statement %d of %d done, %d rows", done, len(statements), touched)
        except DataSyncError as error:
            where = f"{self.file.path(warehouse.dialect)}, after {done} of {len(statements)} statements"
            raise type(error)(f"{where}: {error}") from error


def split_batches(sql: str) -> list[str]:
    """Return the statements of a script, separated by lines that hold nothing but ``GO``."""
    batches: list[list[str]] = [[]]
    for line in sql.splitlines():
        if line.strip().upper() == "GO":
            batches.append([])
        else:
            batches[-1].append(line)
    return [text for lines in batches if (text := "\n".join(lines).strip())]


def _bound(statement: str, values: dict[str, Any], dialect: str) -> tuple[str, dict[str, Any] | None]:
    """Return a statement as the drivers take it, and the values that it names; None when it names none."""
    sql, names = pyformat(statement)
    if not names:
        return statement, None
    return sql.replace("%(minimum_dt)s", _TYPED[dialect]), {name: values[name] for name in names}


def _stamp(value: datetime | None, dialect: str) -> datetime | None:
    """Return an instant as the log's columns hold it: naive UTC for datetime2, else aware."""
    return value.astimezone(timezone.utc).replace(tzinfo=None) if value and dialect == "mssql" else value
