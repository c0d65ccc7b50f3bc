"""The contract of a post-processor: what happens to a table after its rows are in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource
    from data_sync.updates.task import DataUpdateTask
    from data_sync.warehouse.interface import Target, Warehouse


class PostProcessSettings(BaseModel):
    """Base of a post-processor's own settings: what stands under ``post_process:`` in the YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PostProcessor(ABC):
    """Runs after each successful load of one table, as a task of its own.

    A subclass may be named in configuration by its dotted path. Construction must be cheap: it happens
    while DAGs are parsed. :meth:`process` may run more than once for one update and must then give the
    same result.

    :param source: the data source's configuration
    :param base: the folder that relative file names in the configuration start from
    :raises ConfigurationError: the ``post_process`` settings do not fit
    """

    Settings: ClassVar[type[PostProcessSettings]] = PostProcessSettings

    def __init__(self, source: DataSource, base: Path) -> None:
        self.source = source
        self.base = base
        self.settings = self.Settings.model_validate(dict(source.post_process))

    @abstractmethod
    def process(self, warehouse: Warehouse, target: Target, update: DataUpdateTask) -> None:
        """Work on the freshly loaded table."""
