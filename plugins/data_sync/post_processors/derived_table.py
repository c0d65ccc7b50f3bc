"""The post-processor that keeps a table whose contents a query derives from other tables."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from data_sync.errors import ConfigurationError, ValueRejected
from data_sync.post_processors import derived_table_sql as sql
from data_sync.post_processors.base import PostProcessor, PostProcessSettings
from data_sync.post_processors.dialect_file import DialectFile
from data_sync.settings.identifiers import Identifier, TableIdentifier
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, Load, TableName, Target
from data_sync.warehouse.staging_names import staging_prefix

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.settings.models import DataSource
    from data_sync.updates.task import DataUpdateTask
    from data_sync.warehouse.interface import Warehouse

LOGGER = logging.getLogger(__name__)


class DerivedTableSettings(PostProcessSettings):
    """Settings of :class:`DerivedTablePostProcessor`.

    :ivar table: the derived table, in the schema of the table that was loaded; created when missing
    :ivar keys: its columns that identify a row
    :ivar file: SQL file with the query, relative to ``include/``; ``{dialect}`` in it becomes ``mssql`` or
        ``postgres``
    """

    table: TableIdentifier
    keys: tuple[Identifier, ...] = Field(min_length=1)
    file: str


class DerivedTablePostProcessor(PostProcessor):
    """Refreshes a table from a query: its contents are replaced as by a full load with ``load: swap``.

    Readers see the rows from before or the new ones, never less; indexes, grants and views stay, and only
    rows that differ are written. The file holds one SELECT that can stand in parentheses, so without WITH
    and, at its end, without ORDER BY and semicolon. It names tables with their schema.
    """

    Settings = DerivedTableSettings
    settings: DerivedTableSettings

    def __init__(self, source: DataSource, base: Path) -> None:
        super().__init__(source, base)
        if self.settings.table.casefold() == source.table_name.casefold():
            raise ConfigurationError(
                f"post_process.table: {self.settings.table!r} is the loaded table itself; "
                "write the name of another"
            )
        self.file = DialectFile(base, self.settings.file)
        self.file.check("post_process.file")

    def process(self, warehouse: Warehouse, target: Target, update: DataUpdateTask) -> None:
        """Run the query and replace the derived table's contents.

        :raises ValueRejected: the query gives a key twice, or a key without a value
        :raises SchemaMismatch: the columns of the query do not fit the table
        """
        derived = Target(TableName(target.table.schema, self.settings.table), self.settings.keys)
        prefix = staging_prefix(derived.table.name, update.operation_id)
        # New each time: what is published under a known name counts as done and is not done again.
        staging = TableName(warehouse.staging_schema, f"{prefix}{secrets.token_hex(4)}")
        warehouse.drop_staging(prefix)
        reading = warehouse.start_reading(derived.table).number
        self._stage(warehouse, derived, staging)
        self._prepare(warehouse, derived, warehouse.columns(staging))
        now = datetime.now(timezone.utc)
        load = Load(update.operation_id, reading, reading, now, is_full=True, completes=True)
        counts = warehouse.publish(derived, load, [staging])
        warehouse.drop_staging(prefix)
        LOGGER.info("%s: %s", derived.table, counts)

    def _prepare(self, warehouse: Warehouse, derived: Target, result: list[Column]) -> None:
        """Create the derived table when it is missing, or check that the query's result fits it."""
        import pyarrow as pa

        from data_sync.warehouse.conform import check_schema

        existing = warehouse.columns(derived.table)
        if warehouse.ignores_case:
            ours = [ROW_NUMBER_COLUMN, *derived.keys, *(column.name for column in existing)]
            result = respelled(result, ours)
        if existing:
            check_schema(derived, pa.schema([(column.name, pa.null()) for column in result]), existing)
        else:
            warehouse.create_table(derived, schema_of(derived, result))

    def _stage(self, warehouse: Warehouse, derived: Target, staging: TableName) -> None:
        query = self.file.read(warehouse.dialect).strip().rstrip(";")
        # Created by itself: a transaction that created a table and goes on holds up readers of the catalog.
        with warehouse.transaction() as session:
            session.execute(sql.create_staging(query, staging))
        with warehouse.transaction() as session:
            session.execute(sql.fill_staging(query, staging))
            wrong = session.rows(sql.count_wrong_keys(staging, derived.keys))[0]["wrong"]
        if wrong:
            raise ValueRejected(
                f"{derived.table}: the query of {self.settings.file} gives {wrong} values of the key "
                f"({', '.join(derived.keys)}) more than once or without a value; mend the query or the keys"
            )


def respelled(columns: list[Column], names: list[str]) -> list[Column]:
    """Return columns under these names where they differ from them in case alone."""
    spellings = {name.casefold(): name for name in names}
    return [replace(one, name=spellings.get(one.name.casefold(), one.name)) for one in columns]


def schema_of(derived: Target, columns: list[Column]) -> pa.Schema:
    """Return the schema to create the derived table from, given the columns of the query's result.

    :raises ConfigurationError: a column has a type that cannot be taken over
    """
    import pyarrow as pa

    fields = []
    for column in columns:
        if column.name == ROW_NUMBER_COLUMN:
            continue
        if column.arrow_type is None or pa.types.is_null(column.arrow_type):
            raise ConfigurationError(
                f"{derived.table}: column {column.name!r} of the query is {column.sql_type}; "
                "give it a type with its size, such as CAST(... AS decimal(15,3))"
            )
        metadata = {"max_length": str(column.max_length)} if column.max_length else None
        fields.append(pa.field(column.name, column.arrow_type, metadata=metadata))
    return pa.schema(fields)
