"""Finds the post-processor that a data source names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data_sync.named_class import load_class
from data_sync.post_processors.base import PostProcessor

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

    :raises ConfigurationError: the name is unknown, cannot be imported or its settings do not fit
    """
    if source.post_processor is None:
        return None
    cls = load_class(source.post_processor, BUILT_IN, PostProcessor, field="post_processor")
    return cls(source, base)
