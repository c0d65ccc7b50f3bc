"""The project's configuration: its settings, and the fetchers and post-processors that they name."""

from __future__ import annotations

from functools import cache

from data_sync.component_checks import check_components
from data_sync.settings import load
from data_sync.settings.load import Settings


@cache
def settings() -> Settings:
    """Return the configuration, loaded once per process.

    :raises ConfigurationError: the options file is missing or wrong
    """
    return load_settings()


def load_settings() -> Settings:
    """Load the configuration as :func:`data_sync.settings.load.load_settings` says.

    Each data source's fetcher and post-processor are constructed, so that wrong names and settings of
    theirs are among the problems.

    :raises ConfigurationError: the options file is missing or wrong
    """
    return load.load_settings(check_components)
