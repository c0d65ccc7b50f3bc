"""Turns validation errors into messages that say what to write instead."""

from __future__ import annotations

import types
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

Path = tuple[Hashable, ...]


class Problem(NamedTuple):
    """What is wrong with one setting.

    :ivar path: the keys and indexes that lead to the setting; empty for the whole
    :ivar text: what is wrong and what to write instead
    """

    path: Path
    text: str


class WithoutEffect(Problem):
    """A setting that does nothing; one of a file's ``defaults`` may, if another data source needs it."""


@dataclass(frozen=True)
class SourceProblem:
    """What is wrong with the configuration of some data sources; they are not synced until it is corrected.

    :ivar text: file, line, table and setting, what is wrong and what to write instead
    :ivar tables: the tables whose data sources it is about; empty for a file that cannot be read as such
    """

    text: str
    tables: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


def explain(error: ValidationError, model: type[BaseModel] | None) -> Iterator[Problem]:
    """Yield a readable problem for each of a validation error's details.

    :param model: what was validated; unknown fields are compared with its known ones
    """
    for detail in error.errors(include_url=False):
        path: Path = detail["loc"]
        yield Problem(path, _text(detail["type"], path, detail, model))


def dotted(path: Sequence[Hashable]) -> str:
    """Return a path the way people write it: ``hourly.interval``, ``keys[1]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def suggestion(name: object, known: Sequence[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest of the known names, or all of them."""
    near = get_close_matches(str(name), known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"write one of {', '.join(sorted(known))}" if known else "remove it"


def _text(kind: str, path: Path, detail: Any, model: type[BaseModel] | None) -> str:
    value = detail["input"]
    if kind == "extra_forbidden":
        return f"unknown field; {suggestion(path[-1], _fields_at(model, path[:-1]))}"
    if kind == "missing":
        return "is missing; write it"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f"{value!r} is not text; put it in quotes"
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    shown = repr(value)
    return f"{message}, not {shown if len(shown) <= 80 else shown[:77] + '...'}"


def _fields_at(model: type[BaseModel] | None, path: Path) -> list[str]:
    """Return the fields that the model knows at ``path``."""
    kind: Any = model
    for part in path:
        kind = _inner(kind, part)
    found = _model_in(kind)
    return list(found.model_fields) if found else []


def _inner(kind: Any, part: Hashable) -> Any:
    model = _model_in(kind)
    if model is not None:
        field = model.model_fields.get(str(part))
        return field.annotation if field else None
    arguments = get_args(kind)
    return arguments[-1 if get_origin(kind) is dict else 0] if arguments else None


def _model_in(kind: Any) -> type[BaseModel] | None:
    """Return the model that a type is, or that is one of an optional's or annotated type's parts."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) in (Union, types.UnionType, Annotated):
        return next((found for part in get_args(kind) if (found := _model_in(part))), None)
    return None
