"""Reaches the warehouse from a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from data_sync.settings.models import DataSyncOptions
    from data_sync.updates.log import DataUpdateLog


def open_hook(options: DataSyncOptions) -> DataUpdateLog:
    """Return the hook of the log; creates the log where it is missing.

    :raises ConfigurationError: Airflow knows no connection of the configured name
    """
    from airflow.sdk.exceptions import AirflowNotFoundException

    from data_sync.updates.log import DataUpdateLog

    name = options.warehouse.connection
    try:
        return DataUpdateLog.from_options(options)
    except AirflowNotFoundException:
        raise ConfigurationError(
            f"warehouse.connection: Airflow has no connection {name!r}; add it in the Airflow UI, in "
            f"airflow_settings.yaml, or as the environment variable AIRFLOW_CONN_{name.upper()}"
        ) from None
