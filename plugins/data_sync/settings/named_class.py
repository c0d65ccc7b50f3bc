"""Finds a class that configuration names, by a short name or by its dotted path."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import TypeVar

from data_sync.errors import ConfigurationError

Base = TypeVar("Base")


def load_class(name: str, built_in: Mapping[str, str], base: type[Base], field: str) -> type[Base]:
    """Import the class that a setting names.

    :param name: a key of ``built_in`` or a dotted path such as ``my_company.fetchers.Orders``
    :param built_in: short names and the dotted paths behind them
    :param base: what the class must be a subclass of
    :param field: the setting's name, for the message
    :raises ConfigurationError: no such name, it cannot be imported, or it is not a ``base``
    """
    path = built_in.get(name, name)
    module_name, _, class_name = path.rpartition(".")
    if not module_name:
        near = get_close_matches(name, built_in, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigurationError(
            f"{field}: {name!r} is not known; {hint}write one of {', '.join(sorted(built_in))} "
            f"or the dotted path of a {base.__name__} class"
        )
    try:
        found = getattr(import_module(module_name), class_name)
    except Exception as error:
        raise ConfigurationError(
            f"{field}: {name!r} cannot be imported: {type(error).__name__}: {error}; "
            "write the dotted path of a class that Python can import from plugins/"
        ) from error
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ConfigurationError(f"{field}: {name!r} is not a subclass of {base.__module__}.{base.__name__}")
    return found
