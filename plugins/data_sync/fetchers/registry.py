"""Finds and constructs the fetcher that a data source names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from data_sync.errors import ConfigurationError
from data_sync.fetchers.base import Fetcher
from data_sync.settings.named_class import load_class
from data_sync.settings.problems import dotted, explain

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource, SourceSystem

BUILT_IN = {
    "cms": "data_sync.fetchers.cms.CmsMisDataFetcher",
    "jde": "data_sync.fetchers.jde.fetcher.JdeFetcher",
    "sample": "data_sync.fetchers.sample.SampleFetcher",
    "sql": "data_sync.fetchers.sql.SqlFetcher",
}
"""The fetchers that have a short name."""


def make_fetcher(source: DataSource, system: SourceSystem, base: Path) -> Fetcher:
    """Return the data source's fetcher.

    :param base: the folder that relative file names in the configuration start from
    :raises ConfigurationError: the name is unknown, cannot be imported or is no fetcher, or the
        ``fetch`` settings do not fit it; the message names each wrong field and value
    """
    cls = load_class(source.fetcher, BUILT_IN, Fetcher, field="fetcher")
    try:
        return cls(source, system, base)
    except ValidationError as error:
        problems = explain(error, cls.Settings)
        text = "; ".join(f"{dotted(('fetch', *path))}: {text}" for path, text in problems)
        raise ConfigurationError(text) from error
