"""The fetcher for JD Edwards EnterpriseOne tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator
from typing_extensions import Self, override

from data_sync.fetchers.base import Fetcher, FetchSettings, Window
from data_sync.fetchers.columns import Columns, SourceName
from data_sync.fetchers.jde_query import select, window_conditions

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from data_sync.settings.models import DataSource, SourceSystem

_TEXT_BYTES = 4  # of one character in UTF-8 at most


class JdeSite(FetchSettings):
    """Facts of a JDE site: what stands under ``site:`` of its source system.

    :ivar owner: schema or library of business data
    :ivar control_owner: schema or library of control tables (F0004, F0005)
    :ivar qualifier: between owner and table; ``/`` for the system naming of IBM i
    :ivar decimals: implied decimals by data item, where they differ from the column lists
    """

    owner: SourceName = "PRODDTA"
    control_owner: SourceName = "PRODCTL"
    qualifier: Literal[".", "/"] = "."
    decimals: dict[str, Annotated[int, Field(ge=0, le=15)]] = Field(default_factory=dict)


class JdeFetchSettings(FetchSettings):
    """Settings of :class:`JdeFetcher`.

    :ivar table: such as F4801
    :ivar prefix: of the table's columns, such as WA
    :ivar cursor: the data items of a row's stamp: a date, and a time if there is one
    :ivar columns: target columns: data item without the prefix, and type
    :ivar control: whether the table belongs to the control owner
    :ivar where: a further condition in the source's SQL
    """

    table: SourceName
    prefix: SourceName
    cursor: tuple[SourceName, ...] = Field((), max_length=2)
    columns: Columns = Field(min_length=1)
    control: bool = False
    where: str | None = None

    @model_validator(mode="after")
    def _stamps_need_a_date(self) -> Self:
        for name, spec in self.columns.items():
            if len(spec.sources) > 1 and spec.kind != "datetime":
                raise ValueError(f"{name}: two data items make a datetime, not a {spec.kind}")
        return self


class JdeFetcher(Fetcher):
    """Reads one JDE table through its update stamp, and converts JDE's ways to store values."""

    Settings = JdeFetchSettings
    settings: JdeFetchSettings

    def __init__(self, source: DataSource, system: SourceSystem, base: Path) -> None:
        super().__init__(source, system, base)
        self.site = JdeSite.model_validate(dict(system.site))

    def query(self, window: Window) -> str:
        """Return the SELECT for a window."""
        settings, site = self.settings, self.site
        owner = site.control_owner if settings.control else site.owner
        conditions = []
        if settings.cursor:
            day, second = [*(settings.prefix + item for item in settings.cursor), None][:2]
            conditions = window_conditions(str(day), second, window, self.system.time_zone)
        if settings.where:
            conditions.append(settings.where)
        return select(self._source_columns(), f"{owner}{site.qualifier}{settings.table}", conditions)

    @override
    def describe(self, window: Window) -> Mapping[str, Any]:
        return {"query": self.query(window)}

    @override
    def fetch(self, window: Window) -> pa.RecordBatchReader:
        import pyarrow as pa

        from data_sync.fetchers.convert import field_of
        from data_sync.fetchers.odbc import stream

        longest = max((spec.length or 0 for spec in self.settings.columns.values()), default=0)
        reader = stream(self.system, self.query(window), max_text_size=max(64, longest * _TEXT_BYTES))
        schema = pa.schema([field_of(name, spec) for name, spec in self.settings.columns.items()])

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                yield self._converted(batch, schema)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def _converted(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        import pyarrow as pa

        from data_sync.fetchers.convert import rejecting
        from data_sync.fetchers.jde_types import convert

        # By position: databases disagree about the case of names that were not quoted.
        by_item = dict(zip(self._items(), batch.columns, strict=True))
        arrays = []
        for name, spec in self.settings.columns.items():
            arguments = ([by_item[item] for item in spec.sources], spec, self.system.time_zone)
            decimals = self.site.decimals.get(spec.sources[0], spec.scale)
            key = name in self.source.keys
            arrays.append(
                rejecting(
                    name,
                    spec,
                    lambda name=name, arguments=arguments, decimals=decimals, key=key: convert(  # type: ignore[misc]
                        name, *arguments, decimals, key=key
                    ),
                )
            )
        return pa.record_batch(arrays, schema=schema)

    def _items(self) -> list[str]:
        """Return the data items to read, each once."""
        return list(dict.fromkeys(item for spec in self.settings.columns.values() for item in spec.sources))

    def _source_columns(self) -> list[str]:
        return [self.settings.prefix + item for item in self._items()]
