"""How a data source describes its columns: where each comes from, and what kind of value it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from data_sync.settings.identifiers import Identifier

if TYPE_CHECKING:
    from typing_extensions import Self

Kind = Literal["text", "integer", "decimal", "float", "boolean", "date", "time", "datetime"]

SourceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_#$@][A-Za-z0-9_#$@]*$", max_length=128)]
"""A column of the source that needs no quoting: letters, digits, ``_ # $ @``."""

QuotableName = Annotated[
    str,
    StringConstraints(pattern=r'^([A-Za-z_#$@][A-Za-z0-9_#$@]*|"[^"\x00-\x1f]+")$', max_length=130),
]
"""The same, or any name in double quotes, which is then quoted as the source's database does."""

MAX_PRECISION = 38
LONGEST_TEXT = 4096
"""Bytes of the longest text that is expected where a column list does not say."""

_FEWEST_BYTES = 64
_BYTES_PER_CHARACTER = 4

_COMPACT = re.compile(
    r'(?P<source>"[^"]+"|\S+)\s+(?P<type>[a-z]+)(\((?P<arguments>\d+(\s*,\s*\d+)?)\))?'
    r"(?P<words>(\s+(null|keep|clear|right|by\s+\S+))*)"
)
_WORDS: dict[str, dict[str, Any]] = {
    "null": {"keep_empty": False},
    "keep": {"keep_empty": True},
    "clear": {"invalid": "clear"},
    "right": {"right": True},
}
_ADVICE = (
    "write it like 'DOCO integer', 'DL01 text(30)', 'MCU text(12) right', 'UORG decimal(15,3)', "
    "'PAID decimal(15,2) by KCO' or 'UPMJ+TDAY datetime'; null, keep and clear may follow"
)


class ColumnSpec(BaseModel):
    """One column of a fetch.

    In YAML either a mapping of these fields, or the same in short: ``DL01 text(30)``,
    ``UORG decimal(15,3)``, ``PAID decimal(15,2) by KCO``, ``ITM integer null``, ``UPMJ+TDAY datetime``;
    what it means may follow a dash: ``DOCO integer - number of the order``.

    :ivar source: the source's column; two for a date and a time that form one instant
    :ivar type: what the value is
    :ivar length: text: the most characters it has
    :ivar precision: decimal: digits in all
    :ivar scale: decimal: digits after the point
    :ivar keep_empty: True keeps blank text as '' and zero as 0, False makes either NULL; None keeps
        numbers and plain text; JD Edwards' blank text it makes NULL unless the column is a key
    :ivar invalid: date, time, datetime: what to do with a value that is none: ``reject`` the update or
        ``clear`` the value to NULL
    :ivar right: text: JD Edwards keeps it right-justified, so the values of a filter are padded likewise
    :ivar by: decimal: an amount whose decimals follow from the company or currency in this column
    :ivar meaning: what the column tells, for the data dictionary
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: tuple[QuotableName, ...] = Field(min_length=1, max_length=2)
    type: Kind
    length: int | None = Field(None, ge=1, le=1_000_000)
    precision: int | None = Field(None, ge=1, le=MAX_PRECISION)
    scale: int = Field(0, ge=0, le=MAX_PRECISION)
    keep_empty: bool | None = None
    invalid: Literal["reject", "clear"] = "reject"
    right: bool = False
    by: SourceName | None = None
    meaning: str = ""

    def __str__(self) -> str:
        """Return the declaration in short, without its meaning."""
        text = f"{'+'.join(self.source)} {self.type}"
        if self.length is not None:
            text += f"({self.length})"
        if self.precision is not None:
            text += f"({self.precision},{self.scale})"
        if self.by:
            text += f" by {self.by}"
        if self.keep_empty is not None:
            text += " keep" if self.keep_empty else " null"
        text += " clear" if self.invalid == "clear" else ""
        return text + (" right" if self.right else "")

    @model_validator(mode="before")
    @classmethod
    def _source_as_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("source"), str):
            return {**data, "source": _columns_of(data["source"])}
        return data

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if len(self.source) == 2 and self.type != "datetime":
            raise ValueError(f"{self.type} takes one source column; two are for a datetime")
        if self.length is not None and self.type != "text":
            raise ValueError(f"only text has a length; write type {self.type} without one")
        if self.type == "decimal" and self.precision is None:
            raise ValueError("a decimal needs its digits; write one such as decimal(15,2)")
        if self.type != "decimal" and (self.precision is not None or self.scale):
            raise ValueError(f"only a decimal has precision and scale; write type {self.type} without")
        if self.precision is not None and self.scale > self.precision:
            raise ValueError(f"scale {self.scale} is above precision {self.precision}; write it lower")
        return self

    @model_validator(mode="after")
    def _is_told_what_its_type_knows(self) -> Self:
        if self.invalid == "clear" and self.type not in {"date", "time", "datetime"}:
            raise ValueError(f"only dates and times are cleared; write type {self.type} without clear")
        if self.right and self.length is None:
            raise ValueError("only text with a length can be right-justified; write one such as text(12)")
        if self.by is not None and self.type != "decimal":
            raise ValueError(f"only a decimal is an amount of money; write type {self.type} without by")
        return self

    @property
    def items(self) -> tuple[str, ...]:
        """All columns of the source that the value is made from."""
        return self.source if self.by is None else (*self.source, self.by)


def read_column(value: Any) -> Any:
    """Return the mapping that a column's short form stands for; anything else as it is.

    :raises ValueError: the text is no short form
    """
    if not isinstance(value, str):
        return value
    declared, _, meaning = value.partition(" - ")
    match = _COMPACT.fullmatch(declared.strip())
    if match is None:
        raise ValueError(f"{value!r} is not a column; {_ADVICE}")
    read: dict[str, Any] = {"source": _columns_of(match["source"]), "type": match["type"]}
    numbers = [int(number) for number in (match["arguments"] or "").split(",") if number]
    if match["type"] == "text" and len(numbers) == 1:
        read["length"] = numbers[0]
    elif match["type"] == "decimal" and numbers:
        read.update(zip(("precision", "scale"), numbers, strict=False))
    elif numbers:
        raise ValueError(f"{value!r} is not a column; {_ADVICE}")
    if meaning.strip():
        read["meaning"] = meaning.strip()
    return read | _said_by(match["words"].split(), value)


def _said_by(words: list[str], value: str) -> dict[str, Any]:
    """Return the fields that the words behind a column's type stand for."""
    read: dict[str, Any] = {}
    left = iter(words)
    for word in left:
        said = {"by": next(left)} if word == "by" else _WORDS[word]
        if read.keys() & said.keys():
            raise ValueError(f"{value!r} says the same thing twice; {_ADVICE}")
        read |= said
    return read


def _columns_of(text: str) -> list[str]:
    """Return the columns of ``UPMJ+TDAY``; a quoted name is one, whatever it holds."""
    return [text] if text.startswith('"') else text.split("+")


def bare(name: str) -> str:
    """Return a column's name without the quotes that configuration may write round it."""
    return name[1:-1] if name.startswith('"') else name


def widest_text(columns: Mapping[str, ColumnSpec]) -> int:
    """Return the bytes of the longest value that columns may hold, for the read buffers.

    A driver's own figure is used where that is smaller: it reports fixed lengths well, and
    variable ones often as gigabytes.
    """
    lengths = [spec.length for spec in columns.values() if spec.type == "text"]
    if not all(lengths):
        return LONGEST_TEXT
    widest = max((length or 0 for length in lengths), default=0)
    return max(_FEWEST_BYTES, widest * _BYTES_PER_CHARACTER)


Columns = Annotated[
    dict[Identifier, Annotated[ColumnSpec, BeforeValidator(read_column)]], Field(min_length=1)
]
"""Target column names and what fills them, in the order of the table."""
