"""The facts of one JD Edwards installation, and how a shipped column list takes them on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from data_sync.errors import ConfigurationError
from data_sync.fetchers.columns import MAX_PRECISION, Columns, ColumnSpec, SourceName
from data_sync.fetchers.jde.query import FilterValue
from data_sync.fetchers.odbc.dialects import DialectName
from data_sync.settings.problems import dotted, explain

if TYPE_CHECKING:
    from data_sync.settings.models import SourceSystem

Owner = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_#$@]+(\.[A-Za-z0-9_#$@]+)*$")]
"""A schema or library, on SQL Server with its database: ``PRODDTA``, ``JDE_PRODUCTION.PRODDTA``."""

Model = TypeVar("Model", bound=BaseModel)

Decimals = Annotated[int, Field(ge=0, le=15)]


def plain_values(filters: Mapping[str, FilterValue]) -> Mapping[str, FilterValue]:
    """Return the filters when every value can be written in SQL.

    :raises ValueError: one has no value, or one with control characters
    """
    for item, wanted in filters.items():
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        if not values or not all(isinstance(one, int) or one.isprintable() for one in values):
            raise ValueError(f"{item} has no usable value; write a number, a text or a list of them")
    return filters


class JdeFacts(BaseModel):
    """What the source can tell about itself: the contents of the file that ``site.facts`` names.

    :ivar decimals: implied decimals by data item (F9210)
    :ivar amount_decimals: implied decimals of amounts by company (F0010) and currency (F0013)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    decimals: dict[SourceName, Decimals] = Field(default_factory=dict)
    amount_decimals: dict[str, Decimals] = Field(default_factory=dict)


class JdeSiteTable(BaseModel):
    """What a site adds to one shipped table.

    :ivar owner: the table's owner, where that is neither the site's nor the shipped one
    :ivar columns: more columns, or other declarations of shipped ones
    :ivar filter: data items and the value, or the list of values, that a row must have
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: Owner | None = None
    columns: Columns | None = None
    filter: dict[SourceName, FilterValue] = Field(default_factory=dict)

    _plain_values = field_validator("filter")(plain_values)


class JdeSite(JdeFacts):
    """The facts of one JD Edwards installation: ``site`` of its source system.

    What is stated here goes before what the facts file says, and that before the shipped column lists.

    :ivar owner: schema or library of the business data
    :ivar qualifier: what stands between owner and table: ``.``, or ``/`` on IBM i with system naming
    :ivar dialect: the database behind the connection
    :ivar dictionary_owner: schema or library of the data dictionary, such as DD920
    :ivar facts: file with decimals that were read from the data dictionary, relative to ``include/``
    :ivar decimals: implied decimals by data item
    :ivar amount_decimals: implied decimals of amounts by company or currency, ``*`` for all others
    :ivar tables: what the site adds to a table, by the table's name
    """

    owner: Owner = "PRODDTA"
    qualifier: Annotated[str, StringConstraints(pattern=r"^[./]$")] = "."
    dialect: DialectName = "oracle"
    dictionary_owner: Owner | None = None
    facts: str | None = Field(None, min_length=1)
    tables: dict[SourceName, JdeSiteTable] = Field(default_factory=dict)

    def table(self, name: str) -> JdeSiteTable:
        """Return what the site adds to a table."""
        return self.tables.get(name) or JdeSiteTable()

    def qualified(self, table: str, owner: str | None = None) -> str:
        """Return a table's name with its owner, ready for SQL."""
        return f"{owner or self.owner}{self.qualifier}{table}"

    def resolved(self, spec: ColumnSpec) -> ColumnSpec:
        """Return a column's declaration with the site's decimals.

        An amount gets the most decimals of any company or currency, and the digits these need.
        """
        if spec.type != "decimal" or spec.precision is None:
            return spec
        scale = self.decimals.get(spec.source[0].upper(), spec.scale)
        precision = max(spec.precision, scale)
        if spec.by is not None and self.amount_decimals:
            fewest, scale = min(self.amount_decimals.values()), max(self.amount_decimals.values())
            precision = min(spec.precision + scale - fewest, MAX_PRECISION)
        return spec.model_copy(update={"scale": scale, "precision": precision})


def site_of(system: SourceSystem, name: str, base: Path) -> JdeSite:
    """Return a source system's site facts, with those of its facts file.

    :param name: the source system's name, for messages
    :param base: the folder that the facts file's name starts from
    :raises ConfigurationError: they are wrong, or the facts file is missing or wrong
    """
    site = stated_site(system, name)
    if site.facts is None:
        return site
    facts = facts_of(base / site.facts, site.facts, name)
    stated = {item.upper(): scale for item, scale in site.decimals.items()}
    return site.model_copy(
        update={
            "decimals": {**facts.decimals, **stated},
            "amount_decimals": {**facts.amount_decimals, **site.amount_decimals},
        }
    )


def stated_site(system: SourceSystem, name: str) -> JdeSite:
    """Return a source system's site facts without those of its facts file.

    :param name: the source system's name, for messages
    :raises ConfigurationError: they are wrong
    """
    return _checked(JdeSite, system.site, f"source system {name}, ", ("site",))


def facts_of(path: Path, label: str, name: str) -> JdeFacts:
    """Return the contents of a facts file; read again only when it has changed.

    :raises ConfigurationError: it is missing or wrong
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        raise ConfigurationError(
            f"source system {name}, site.facts: there is no {path}; write it with "
            f"'python -m data_sync jde-facts {name}', or leave out facts"
        ) from None
    return _facts(path, label, changed)


@lru_cache(maxsize=16)
def _facts(path: Path, label: str, changed: int) -> JdeFacts:
    from data_sync.settings.yaml_file import read_yaml

    return _checked(JdeFacts, read_yaml(path, label).data or {}, f"{label}, ", ())


def _checked(model: type[Model], values: Any, place: str, path: tuple[str, ...]) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        texts = [f"{dotted((*path, *at))}: {text}" for at, text in explain(error, model)]
        raise ConfigurationError(f"{place}{'; '.join(texts)}") from None
