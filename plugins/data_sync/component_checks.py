"""Constructs what a data source names, so that wrong names and settings are found when it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from data_sync.errors import ConfigurationError
from data_sync.fetchers.base import Fetcher, FetchSettings, Window
from data_sync.fetchers.columns import ColumnSpec, bare
from data_sync.fetchers.registry import make_fetcher
from data_sync.fetchers.sql import OdbcFetcher
from data_sync.post_processors.base import PostProcessSettings
from data_sync.post_processors.registry import make_post_processor
from data_sync.settings.problems import Problem, WithoutEffect, explain

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource, SourceSystem

_NO_NUMBERS = frozenset({"text", "boolean"})
_NO_PLAIN_NUMBERS = _NO_NUMBERS | {"date", "time", "datetime"}
"""JD Edwards keeps dates and times as whole numbers; plain sources do not."""

_A_DAY = Window(datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 1, 2, tzinfo=timezone.utc))


def check_components(source: DataSource, system: SourceSystem, base: Path) -> Iterator[Problem]:
    """Yield what is wrong with the data source's fetcher and post-processor, or with their settings.

    :param base: the folder that relative file names start from
    """

    def fetcher() -> Iterator[Problem]:
        made = make_fetcher(source, system, base)
        yield from _partitioning(made)
        if isinstance(made, OdbcFetcher):
            yield from _format(made)

    def post_processor() -> Iterator[Problem]:
        make_post_processor(source, base)
        yield from ()

    yield from _check("fetcher", "fetch", FetchSettings, fetcher)
    yield from _check("post_processor", "post_process", PostProcessSettings, post_processor)


def _check(
    part: str, field: str, settings: type[BaseModel], construct: Callable[[], Iterator[Problem]]
) -> Iterator[Problem]:
    try:
        yield from construct()
    except (ConfigurationError, ValidationError) as error:
        cause = error if isinstance(error, ValidationError) else error.__cause__
        if not isinstance(cause, ValidationError):
            yield Problem((), str(error))
            return
        for path, text in explain(cause, _named(settings, cause.title)):
            yield Problem((field, *path), text)
    except Exception as error:  # noqa: BLE001 - the class may be the user's: one must not stop the others
        yield Problem((part,), f"cannot be constructed: {type(error).__name__}: {error}")


def _partitioning(fetcher: Fetcher) -> Iterator[Problem]:
    """Yield what keeps a read from being divided as its settings say."""
    settings = fetcher.settings
    chosen: str | None = getattr(settings, "partition_by", None)
    if chosen is None:
        if "partitions" in settings.model_fields_set:
            text = (
                "has no effect without partition_by; write the column whose ranges divide the read there, or "
                "leave it out"
            )
            yield WithoutEffect(("fetch", "partitions"), text)
        return
    unfit = _NO_PLAIN_NUMBERS if isinstance(fetcher, OdbcFetcher) else _NO_NUMBERS
    for name, spec in fetcher.declared_columns().items():
        if not isinstance(spec, ColumnSpec) or spec.type not in unfit:
            continue
        if bare(chosen).casefold() in {bare(one).casefold() for one in spec.source}:
            text = (
                f"{chosen!r} holds no whole numbers: column {name} declares it as {spec.type}; write one "
                "that does, or leave it out"
            )
            yield Problem(("fetch", "partition_by"), text)
            return


def _format(fetcher: OdbcFetcher) -> Iterator[Problem]:
    """Yield that the format of the bounds is written, where the query is not given any."""
    if "format" in fetcher.settings.model_fields_set and not fetcher.statement(_A_DAY)[1]:
        text = (
            "has no effect on a query that is not given the time from which to read; write cursor, or "
            ":minimum_dt into the query, or leave it out"
        )
        yield WithoutEffect(("fetch", "format"), text)


def _named(base: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return the subclass of that name: a ValidationError only tells its model's name."""
    for model in base.__subclasses__():
        found = model if model.__name__ == name else _named(model, name)
        if found:
            return found
    return None
