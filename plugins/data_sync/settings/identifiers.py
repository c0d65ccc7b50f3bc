"""Names of tables, schemas and columns that are safe to quote in either database."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

MAX_LENGTH = 128
"""What SQL Server allows."""

MAX_TABLE_LENGTH = 100
"""Leaves room for what DAG ids, staging names and index names add to a table's name."""

_FORBIDDEN = "\"'`[]"
_FORBIDDEN_IN_TABLE = "./\\"


def check_identifier(value: Any, max_length: int = MAX_LENGTH) -> str:
    """Return ``value`` when it can be quoted as an identifier.

    :raises ValueError: it is no text, empty, longer than ``max_length`` characters, begins or ends with
        a blank, or holds a quote, a bracket or a control character
    """
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a name; put it in quotes if it is meant as text")
    if not value or value != value.strip():
        raise ValueError(
            f"{value!r} is not a name; write one that neither is empty nor begins or ends with a blank"
        )
    if len(value) > max_length:
        raise ValueError(f"{value!r} has {len(value)} characters; write a name of at most {max_length}")
    for character in value:
        if character in _FORBIDDEN or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            raise ValueError(
                f"{value!r} contains {character!r}; write a name without quotes, brackets "
                "and control characters"
            )
    return value


def check_table_name(value: Any) -> str:
    """Return ``value`` when it can name a target table; dots and slashes are refused as well.

    :raises ValueError: as :func:`check_identifier`, at most 100 characters
    """
    name = check_identifier(value, MAX_TABLE_LENGTH)
    for character in _FORBIDDEN_IN_TABLE:
        if character in name:
            raise ValueError(
                f"{value!r} contains {character!r}; write the table's name alone, "
                "and its schema in target_schema"
            )
    return name


def _json_schema(max_length: int, forbidden: str) -> WithJsonSchema:
    escaped = "".join("\\" + character for character in forbidden)
    pattern = rf"^[^\s{escaped}]([^\u0000-\u001f{escaped}]*[^\s{escaped}])?$"
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": max_length, "pattern": pattern})


Identifier = Annotated[str, BeforeValidator(check_identifier), _json_schema(MAX_LENGTH, _FORBIDDEN)]
"""A schema's or column's name."""

TableIdentifier = Annotated[
    str, BeforeValidator(check_table_name), _json_schema(MAX_TABLE_LENGTH, _FORBIDDEN + _FORBIDDEN_IN_TABLE)
]
"""A target table's name, without its schema."""
