"""The column list of a fetch, as written in YAML: ``TargetColumn: SOURCE type``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_SPEC = re.compile(
    r"(?P<sources>[\w$#@]+(?:\+[\w$#@]+)?)\s+(?P<kind>[a-z]+)"
    r"(?:\(\s*(?P<first>\d+)\s*(?:,\s*(?P<second>\d+)\s*)?\))?(?:\s+(?P<blank>null|keep))?"
)
_KINDS = ("integer", "text", "decimal", "float", "boolean", "date", "time", "datetime")
_NAME = re.compile(r"[A-Za-z_][\w$#@]*")
_ADVICE = "write such as 'DOCO integer', 'DL01 text(30)', 'UORG decimal(15,3)' or 'UPMJ+TDAY datetime'"


@dataclass(frozen=True)
class ColumnSpec:
    """How one target column comes from the source.

    :param sources: one source column, or two for a date and a time
    :param kind: integer, text, decimal, float, boolean, date, time or datetime
    :param length: of text, in characters
    :param precision: of a decimal: digits in all
    :param scale: of a decimal: digits behind the point
    :param blank: ``null`` turns zero into NULL, ``keep`` keeps blank text; None does what the type does
    """

    sources: tuple[str, ...]
    kind: str
    length: int | None = None
    precision: int = 0
    scale: int = 0
    blank: str | None = None


def parse_column(value: Any) -> ColumnSpec:
    """Return the column that a text such as ``UORG decimal(15,3)`` describes.

    :raises ValueError: the text describes none
    """
    if isinstance(value, ColumnSpec):
        return value
    match = _SPEC.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match["kind"] not in _KINDS:
        raise ValueError(f"{value!r} is not a column; {_ADVICE}; types are {', '.join(_KINDS)}")
    kind = match["kind"]
    first, second = (int(match[name]) if match[name] else None for name in ("first", "second"))
    if kind == "decimal" and (first is None or not 1 <= first <= 38 or (second or 0) > first):
        raise ValueError(f"{value!r}: a decimal needs its digits, at most 38; write such as decimal(15,3)")
    if kind == "text" and not first:
        raise ValueError(f"{value!r}: text needs its length; write such as text(30)")
    return ColumnSpec(
        tuple(match["sources"].split("+")),
        kind,
        length=first if kind == "text" else None,
        precision=first or 0 if kind == "decimal" else 0,
        scale=second or 0 if kind == "decimal" else 0,
        blank=match["blank"],
    )


def check_name(value: Any) -> str:
    """Return a source's table or column name that needs no quotes.

    :raises ValueError: it holds anything but letters, digits and ``_ $ # @``
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not a name in the source; write letters, digits, _ $ # or @ only")
    return value


Columns = dict[str, Annotated[ColumnSpec, BeforeValidator(parse_column), WithJsonSchema({"type": "string"})]]
"""Target columns and where they come from."""

SourceName = Annotated[str, BeforeValidator(check_name), WithJsonSchema({"type": "string"})]
"""A name that goes into the query as it is."""
