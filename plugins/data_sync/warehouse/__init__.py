"""The warehouse: where target tables, staging tables and the DataUpdate log live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from data_sync.settings.models import WarehouseOptions
    from data_sync.warehouse.interface import Warehouse


def open_warehouse(options: WarehouseOptions, bulk_copy_batch_size: int) -> Warehouse:
    """Return the warehouse that the Airflow connection in the options leads to.

    Nothing is connected to yet; the connection's type decides which database it is.

    :raises ConfigurationError: the connection's type is neither ``mssql`` nor ``postgres``
    """
    from airflow.sdk import Connection

    connection = Connection.get(options.connection)
    if connection.conn_type == "mssql":
        from data_sync.warehouse.mssql.warehouse import SqlServerWarehouse

        return SqlServerWarehouse(connection, options, bulk_copy_batch_size)
    if connection.conn_type == "postgres":
        from data_sync.warehouse.postgres.warehouse import PostgresWarehouse

        return PostgresWarehouse(connection, options, bulk_copy_batch_size)
    raise ConfigurationError(
        f"warehouse.connection: the Airflow connection {options.connection!r} has type "
        f"{connection.conn_type!r}; write one of type mssql or postgres"
    )
