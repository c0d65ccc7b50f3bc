"""The post-processor that updates the statistics by which the warehouse plans its queries."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from data_sync.errors import ConfigurationError, PermanentError
from data_sync.post_processors.base import PostProcessor, PostProcessSettings
from data_sync.settings.update_type import UpdateType
from data_sync.updates.task import DataUpdateTask

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource
    from data_sync.warehouse.interface import TableName, Target, Warehouse

LOGGER = logging.getLogger(__name__)


class StatisticsSettings(PostProcessSettings):
    """Settings of :class:`StatisticsPostProcessor`.

    :ivar after: the update types after which to do it; a few changed rows are not worth it
    :ivar sample_percent: SQL Server: the share of the rows to read; None leaves it to the server, 100
        reads all. PostgreSQL chooses its own sample.
    """

    after: tuple[UpdateType, ...] = Field((UpdateType.MASS,), min_length=1)
    sample_percent: int | None = Field(None, ge=1, le=100)


class StatisticsPostProcessor(PostProcessor):
    """Updates the statistics of the loaded table.

    Both databases do so by themselves at some time after a load; until then they plan for the contents
    before it, which after a full load can be slow.
    """

    Settings = StatisticsSettings
    settings: StatisticsSettings

    def __init__(self, source: DataSource, base: Path) -> None:
        super().__init__(source, base)
        if not any(getattr(source, kind.group_id) for kind in self.settings.after):
            wanted = " and ".join(kind.group_id for kind in self.settings.after)
            raise ConfigurationError(
                f"post_process.after: the table has no {wanted} to update its statistics after; write a type "
                "that it has, or leave the post-processor out"
            )

    def process(self, warehouse: Warehouse, target: Target, update: DataUpdateTask) -> None:
        """Update the statistics when the update is of a type that asks for it.

        A server that refuses, for want of a right for example, costs the table its statistics and not its
        update: the copy is right without them. That is logged as a warning.
        """
        if update.update_type not in self.settings.after:
            LOGGER.info("no new statistics after a %s update", update.update_type.value)
            return
        statement = render(warehouse.dialect, target.table, self.settings.sample_percent)
        try:
            with warehouse.transaction() as session:
                session.execute(statement)
        except PermanentError as error:
            LOGGER.warning("%s keeps its old statistics: %s", target.table, error)
            return
        LOGGER.info("updated the statistics of %s", target.table)


def render(dialect: str, table: TableName, sample_percent: int | None) -> str:
    """Return the statement for a kind of warehouse."""
    if dialect == "postgres":
        from data_sync.warehouse.postgres.staging_sql import qualified

        return f"ANALYZE {qualified(table)}"
    from data_sync.warehouse.mssql.staging_sql import qualified

    options = {None: "", 100: " WITH FULLSCAN"}
    sample = options.get(sample_percent, f" WITH SAMPLE {sample_percent} PERCENT")
    return f"UPDATE STATISTICS {qualified(table)}{sample}"
