"""A post-processor: remembers how many rows a table had at the end of each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_sync.post_processors.base import PostProcessor, PostProcessSettings
from data_sync.settings.identifiers import TableIdentifier

if TYPE_CHECKING:
    from data_sync.updates.task import DataUpdateTask
    from data_sync.warehouse.interface import Target, Warehouse


class DailyCountSettings(PostProcessSettings):
    """What stands under ``post_process:``.

    :ivar table: where the counts go, beside the table: TableName, Day and NumberRows
    """

    table: TableIdentifier


class DailyCountPostProcessor(PostProcessor):
    """Writes the day's count again after each update, so that running twice does no harm."""

    Settings = DailyCountSettings
    settings: DailyCountSettings

    def process(self, warehouse: Warehouse, target: Target, update: DataUpdateTask) -> None:
        """Replace today's count; both databases take names in double quotes and values like ``%(day)s``."""
        counts = f'"{target.table.schema}"."{self.settings.table}"'
        table = f'"{target.table.schema}"."{target.table.name}"'
        values = {"name": update.table_name, "day": update.reference_dt.date()}
        with warehouse.transaction() as session:
            session.execute(f'DELETE FROM {counts} WHERE "TableName" = %(name)s AND "Day" = %(day)s', values)
            session.execute(f"INSERT INTO {counts} SELECT %(name)s, %(day)s, COUNT(*) FROM {table}", values)
