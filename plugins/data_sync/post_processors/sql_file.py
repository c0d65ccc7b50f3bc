"""The post-processor that runs a SQL file."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from data_sync.post_processors.base import PostProcessor, PostProcessSettings
from data_sync.post_processors.dialect_file import DialectFile

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource
    from data_sync.update import DataUpdateTask
    from data_sync.warehouse.base import Target, Warehouse

LOGGER = logging.getLogger(__name__)


class SqlFileSettings(PostProcessSettings):
    """Settings of :class:`SqlFilePostProcessor`.

    :ivar file: SQL file, relative to ``include/``; ``{dialect}`` in it becomes ``mssql`` or ``postgres``
    """

    file: str


class SqlFilePostProcessor(PostProcessor):
    """Runs every statement of a SQL file in one transaction.

    Statements are separated by a line that holds nothing but ``GO``, as in Microsoft's own tools, so a
    procedure body may contain semicolons. ``%(table_name)s``, ``%(update_type)s``, ``%(operation_id)s``
    and ``%(minimum_dt)s`` are bound as values; a percent sign elsewhere is written ``%%``.
    """

    Settings = SqlFileSettings
    settings: SqlFileSettings

    def __init__(self, source: DataSource, base: Path) -> None:
        super().__init__(source, base)
        self.file = DialectFile(base, self.settings.file)
        self.file.check("post_process.file")

    def process(self, warehouse: Warehouse, target: Target, update: DataUpdateTask) -> None:
        """Run the file's statements; all of them take effect, or none."""
        statements = split_batches(self.file.read(warehouse.dialect))
        values = {
            "table_name": update.table_name,
            "update_type": update.update_type.value,
            "operation_id": update.operation_id,
            "minimum_dt": update.minimum_dt,
        }
        with warehouse.transaction() as session:
            for number, statement in enumerate(statements, 1):
                used = {name: value for name, value in values.items() if f"%({name})s" in statement}
                touched = session.execute(statement, used or None)
                LOGGER.info("statement %d of %d done, %d rows", number, len(statements), touched)


def split_batches(sql: str) -> list[str]:
    """Return the statements of a script, separated by lines that hold nothing but ``GO``."""
    batches: list[list[str]] = [[]]
    for line in sql.splitlines():
        if line.strip().upper() == "GO":
            batches.append([])
        else:
            batches[-1].append(line)
    return [text for lines in batches if (text := "\n".join(lines).strip())]
