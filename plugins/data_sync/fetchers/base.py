"""The contract of a fetcher: one source's changed rows as a stream of Arrow batches."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict

from data_sync.fetchers.partitions import Part

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from data_sync.settings.models import DataSource, SourceSystem

    Frames: TypeAlias = pa.RecordBatchReader | Iterator[pa.RecordBatch | pa.Table | pd.DataFrame]


@dataclass(frozen=True)
class Window:
    """The rows to read: those changed from ``minimum_dt`` (included) to ``maximum_dt`` (excluded).

    Both are aware instants in UTC; None leaves that side open.

    :param part: one of the parts that :meth:`Fetcher.parts` divided the window into; None for all rows
    """

    minimum_dt: datetime | None = None
    maximum_dt: datetime | None = None
    part: Part | None = None


class FetchSettings(BaseModel):
    """Base of a fetcher's own settings: what stands under ``fetch:`` in a data source's YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Fetcher(ABC):
    """Streams the records of one data source.

    A subclass may be named in configuration by its dotted path. Construction must be cheap: it happens
    while DAGs are parsed, so drivers, pandas and pyarrow are imported inside :meth:`fetch`.

    :param source: the data source's configuration
    :param system: the source system's configuration: connection id, time zone, site facts
    :param base: the folder that relative file names in the configuration start from
    :raises ConfigurationError: the ``fetch`` settings do not fit this fetcher
    """

    Settings: ClassVar[type[FetchSettings]] = FetchSettings

    NOT_IN_DEFINITION: ClassVar[frozenset[str]] = frozenset({"partition_by", "partitions", "max_text_size"})
    """Settings that change how rows are read, but not which rows and values."""

    def __init__(self, source: DataSource, system: SourceSystem, base: Path) -> None:
        self.source = source
        self.system = system
        self.base = base
        self.settings = self.Settings.model_validate(dict(source.fetch))

    @abstractmethod
    def fetch(self, window: Window) -> Frames:
        """Return the window's rows as a stream that never holds more than a few batches in memory.

        Column names are the target's. Stamps are UTC: aware, or naive and taken as UTC.

        :raises SourceUnavailable: the source cannot be reached
        """

    def parts(self, window: Window) -> list[Part]:
        """Return how the window's rows are divided, to be fetched one part at a time; [] for not at all.

        Each part is then fetched with :attr:`Window.part` set. Together they must bring every row of
        the window, each once.

        :raises SourceUnavailable: the source has to be asked, and cannot be reached
        """
        return []

    def definition(self) -> Mapping[str, str]:
        """Return what is read and how, as text by part, so that a change of it can be named.

        Two definitions that are equal bring the same rows and values. Opens no connection.
        """
        settings = self.settings.model_dump(
            mode="json", exclude_none=True, exclude=set(self.NOT_IN_DEFINITION)
        )
        settings.pop("columns", None)
        parts = {name: one if isinstance(one, str) else json.dumps(one) for name, one in settings.items()}
        columns = {f"column {name}": str(spec) for name, spec in self.declared_columns().items()}
        return {
            "time zone": self.system.time_zone,
            "connection": self.system.connection or "none",
            **parts,
            **columns,
        }

    def declared_columns(self) -> Mapping[str, Any]:
        """Return the declarations of the columns that are read, by name; empty where there are none."""
        return getattr(self.settings, "columns", None) or {}

    def describe(self, window: Window) -> Mapping[str, Any]:
        """Return what to show in the task log about this fetch, such as the rendered query."""
        return {}
