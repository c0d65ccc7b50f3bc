"""Finds the post-processor that a data source names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from data_sync.errors import ConfigurationError
from data_sync.post_processors.base import PostProcessor
from data_sync.settings.named_class import load_class
from data_sync.settings.problems import dotted, explain

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource

BUILT_IN = {
    "derived_table": "data_sync.post_processors.derived_table.DerivedTablePostProcessor",
    "sql": "data_sync.post_processors.sql_file.SqlFilePostProcessor",
    "statistics": "data_sync.post_processors.statistics.StatisticsPostProcessor",
}
"""The post-processors that have a short name."""


def make_post_processor(source: DataSource, base: Path) -> PostProcessor | None:
    """Return the data source's post-processor, or None when it names none.

    :param base: the folder that relative file names in the configuration start from
    :raises ConfigurationError: the name is unknown, cannot be imported or is no post-processor, or the
        ``post_process`` settings do not fit it; the message names each wrong field and value
    """
    if source.post_processor is None:
        return None
    cls = load_class(source.post_processor, BUILT_IN, PostProcessor, field="post_processor")
    try:
        return cls(source, base)
    except ValidationError as error:
        problems = explain(error, cls.Settings)
        text = "; ".join(f"{dotted(('post_process', *path))}: {text}" for path, text in problems)
        raise ConfigurationError(text) from error
