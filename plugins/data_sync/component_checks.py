"""Constructs what a data source names, so that wrong names and settings are found when it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from data_sync.errors import ConfigurationError
from data_sync.fetchers.base import FetchSettings
from data_sync.fetchers.registry import make_fetcher
from data_sync.post_processors.base import PostProcessSettings
from data_sync.post_processors.registry import make_post_processor
from data_sync.settings.problems import Problem, explain

if TYPE_CHECKING:
    from data_sync.settings.models import DataSource, SourceSystem


def check_components(source: DataSource, system: SourceSystem, base: Path) -> Iterator[Problem]:
    """Yield what keeps the data source's fetcher or post-processor from being constructed.

    :param base: the folder that relative file names start from
    """
    yield from _check("fetcher", "fetch", FetchSettings, lambda: make_fetcher(source, system, base))
    yield from _check(
        "post_processor", "post_process", PostProcessSettings, lambda: make_post_processor(source, base)
    )


def _check(
    part: str, field: str, settings: type[BaseModel], construct: Callable[[], object]
) -> Iterator[Problem]:
    try:
        construct()
    except (ConfigurationError, ValidationError) as error:
        cause = error if isinstance(error, ValidationError) else error.__cause__
        if not isinstance(cause, ValidationError):
            yield Problem((), str(error))
            return
        for path, text in explain(cause, _named(settings, cause.title)):
            yield Problem((field, *path), text)
    except Exception as error:  # noqa: BLE001 - the class may be the user's: one must not stop the others
        yield Problem((part,), f"cannot be constructed: {type(error).__name__}: {error}")


def _named(base: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return the subclass of that name: a ValidationError only tells its model's name."""
    for model in base.__subclasses__():
        found = model if model.__name__ == name else _named(model, name)
        if found:
            return found
    return None
