"""The project's configuration, loaded once per process."""

from __future__ import annotations

from functools import cache

from data_sync.settings.load import Settings, load_settings


@cache
def settings() -> Settings:
    """Return the configuration.

    :raises ConfigurationError: the options file is missing or wrong
    """
    return load_settings()
