"""Reaches the warehouse from a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from data_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from data_sync.hooks.data_update import DataUpdateHook
    from data_sync.settings.models import DataSyncOptions


def use_stored_connections() -> None:
    """Let Airflow look for connections in its metadata database too, as its own commands do.

    Outside of tasks and of Airflow's components it only looks into the environment and the secrets
    backend (``ensure_secrets_backend_loaded`` in airflow/sdk/execution_time/supervisor.py).
    """
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")


def open_hook(options: DataSyncOptions) -> DataUpdateHook:
    """Return the hook of the log; creates the log where it is missing.

    :raises ConfigurationError: Airflow knows no connection of the configured name
    """
    use_stored_connections()
    from airflow.sdk.exceptions import AirflowNotFoundException

    from data_sync.hooks.data_update import DataUpdateHook

    name = options.warehouse.connection
    try:
        return DataUpdateHook.from_options(options)
    except AirflowNotFoundException:
        raise ConfigurationError(
            f"warehouse.connection: Airflow has no connection {name!r}; add it in the Airflow UI, in "
            f"airflow_settings.yaml, or as the environment variable AIRFLOW_CONN_{name.upper()}"
        ) from None
