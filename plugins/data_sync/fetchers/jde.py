"""The fetcher of JD Edwards tables: a query made from a column list, and the conversions it declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from data_sync.errors import ConfigurationError
from data_sync.fetchers.base import Fetcher, FetchSettings, Window
from data_sync.fetchers.columns import Columns, SourceName
from data_sync.fetchers.jde_query import Dialect, FilterValue, JdeQuery
from data_sync.settings.problems import dotted, explain

if TYPE_CHECKING:
    import pyarrow as pa

    from data_sync.fetchers.base import Frames
    from data_sync.settings.models import DataSource, SourceSystem

_FEWEST_BYTES = 64
_BYTES_PER_CHARACTER = 4

Owner = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_#$@]+(\.[A-Za-z0-9_#$@]+)*$")]
"""A schema or library, on SQL Server with its database: ``PRODDTA``, ``JDE_PRODUCTION.PRODDTA``."""


class JdeSite(BaseModel):
    """The facts of one JD Edwards installation: ``site`` of its source system.

    :ivar owner: schema or library of the business data
    :ivar qualifier: what stands between owner and table: ``.``, or ``/`` on IBM i with system naming
    :ivar dialect: the database behind the connection
    :ivar decimals: implied decimals by data item, where they differ from the shipped column lists
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: Owner = "PRODDTA"
    qualifier: Annotated[str, StringConstraints(pattern=r"^[./]$")] = "."
    dialect: Dialect = "oracle"
    decimals: dict[SourceName, Annotated[int, Field(ge=0, le=15)]] = Field(default_factory=dict)


class JdeFetchSettings(FetchSettings):
    """What stands under ``fetch:`` for a JD Edwards table.

    :ivar table: the table, such as F4801
    :ivar prefix: what its columns begin with before the data item, such as WA
    :ivar owner: its owner where that is not the site's, such as PRODCTL for F0005
    :ivar cursor: the data items of its update stamp: date and time
    :ivar columns: target columns and the data items that fill them
    :ivar filter: data items and the value, or the list of values, that a row must have
    """

    table: SourceName
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{0,4}$")] = ""
    owner: Owner | None = None
    cursor: Annotated[tuple[SourceName, ...], Field(min_length=2, max_length=2)] | None = None
    columns: Columns
    filter: dict[SourceName, FilterValue] = Field(default_factory=dict)

    @field_validator("filter")
    @classmethod
    def _plain_values(cls, value: dict[str, FilterValue]) -> dict[str, FilterValue]:
        for item, wanted in value.items():
            values = wanted if isinstance(wanted, tuple) else (wanted,)
            if not values or not all(isinstance(one, int) or one.isprintable() for one in values):
                raise ValueError(f"{item} has no usable value; write a number, a text or a list of them")
        return value


class JdeFetcher(Fetcher):
    """Reads one JD Edwards table through ODBC.

    Text loses its padding, numbers get their implied decimals, CYYDDD and HHMMSS become dates and
    times, and the update stamp becomes a UTC instant.
    """

    Settings = JdeFetchSettings
    settings: JdeFetchSettings

    def __init__(self, source: DataSource, system: SourceSystem, base: Path) -> None:
        super().__init__(source, system, base)
        self.site = site_of(source, system)
        self.zone = ZoneInfo(system.time_zone)
        self.columns = {
            name: spec.model_copy(
                update={"scale": self.site.decimals.get(spec.source[0].upper(), spec.scale)}
            )
            if spec.type == "decimal"
            else spec
            for name, spec in self.settings.columns.items()
        }
        if self.settings.cursor is None and (source.daily or source.hourly):
            raise ConfigurationError(
                "fetch.cursor: is missing, so changed rows cannot be told from others; "
                "write the date and time of the update stamp such as [UPMJ, TDAY], or keep mass only"
            )

    def query(self, window: Window) -> str:
        """Return the query that reads a window."""
        items: dict[str, None] = {}
        for spec in self.columns.values():
            items.update(dict.fromkeys(spec.source))
        owner = self.settings.owner or self.site.owner
        query = JdeQuery(
            table=f"{owner}{self.site.qualifier}{self.settings.table}",
            prefix=self.settings.prefix,
            items=tuple(items),
            cursor=self.settings.cursor or (),
            filters=self.settings.filter,
        )
        return query.render(window, self.zone, self.site.dialect)

    def describe(self, window: Window) -> Mapping[str, Any]:
        """Return the query for the task log."""
        return {"query": self.query(window)}

    def fetch(self, window: Window) -> Frames:
        """Return the window's rows, converted.

        :raises ValueRejected: while reading, at the first value that does not fit its declaration
        """
        import pyarrow as pa

        from data_sync.fetchers.convert import field_of
        from data_sync.fetchers.odbc import stream

        raw = stream(self.system, self.query(window), max_text_size=self._widest_text())
        schema = pa.schema([field_of(name, spec) for name, spec in self.columns.items()])
        return pa.RecordBatchReader.from_batches(schema, self._converted(raw, schema))

    def _converted(self, raw: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        from data_sync.fetchers.jde_types import jde_column

        positions: dict[str, int] = {}
        for spec in self.columns.values():
            for item in spec.source:
                positions.setdefault(item, len(positions))
        for batch in raw:
            arrays = [
                jde_column(
                    name,
                    [batch.column(positions[item]) for item in spec.source],
                    spec,
                    self.zone,
                    is_key=name in self.source.keys,
                )
                for name, spec in self.columns.items()
            ]
            yield pa.record_batch(arrays, schema=schema)

    def _widest_text(self) -> int:
        widest = max((spec.length or 0 for spec in self.columns.values()), default=0)
        if any(spec.type == "text" and spec.length is None for spec in self.columns.values()):
            return 4096
        return max(_FEWEST_BYTES, widest * _BYTES_PER_CHARACTER)


def site_of(source: DataSource, system: SourceSystem) -> JdeSite:
    """Return the source system's site facts.

    :raises ConfigurationError: they are wrong
    """
    from pydantic import ValidationError

    try:
        return JdeSite.model_validate(system.site)
    except ValidationError as error:
        texts = [f"{dotted(('site', *path))}: {text}" for path, text in explain(error, JdeSite)]
        raise ConfigurationError(f"source system {source.source_system}, {'; '.join(texts)}") from None
