"""How a data source describes its columns: where each comes from, and what kind of value it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from data_sync.settings.identifiers import Identifier

if TYPE_CHECKING:
    from typing_extensions import Self

Kind = Literal["text", "integer", "decimal", "float", "boolean", "date", "time", "datetime"]

SourceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_#$@][A-Za-z0-9_#$@]*$", max_length=128)]
"""A column of the source that needs no quoting: letters, digits, ``_ # $ @``."""

MAX_PRECISION = 38
_WORDS = {"null": False, "keep": True}
_COMPACT = re.compile(
    r"(?P<source>\S+)\s+(?P<type>[a-z]+)(\((?P<arguments>\d+(\s*,\s*\d+)?)\))?(\s+(?P<word>null|keep))?"
)
_ADVICE = "write it like 'DOCO integer', 'DL01 text(30)', 'UORG decimal(15,3)' or 'UPMJ+TDAY datetime'"


class ColumnSpec(BaseModel):
    """One column of a fetch.

    In YAML either a mapping of these fields, or the same in short: ``DL01 text(30)``,
    ``UORG decimal(15,3)``, ``ITM integer null``, ``UPMJ+TDAY datetime``; what it means may follow a dash:
    ``DOCO integer - number of the order``.

    :ivar source: the source's column; two for a date and a time that form one instant
    :ivar type: what the value is
    :ivar length: text: the most characters it has
    :ivar precision: decimal: digits in all
    :ivar scale: decimal: digits after the point
    :ivar keep_empty: True keeps blank text as '' and zero as 0, False makes either NULL; None keeps
        numbers and plain text; JD Edwards' blank text it makes NULL unless the column is a key
    :ivar invalid: what to do with a value that is no date or time: ``reject`` the update or ``clear``
        the value to NULL
    :ivar meaning: what the column tells, for the data dictionary
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: tuple[SourceName, ...] = Field(min_length=1, max_length=2)
    type: Kind
    length: int | None = Field(None, ge=1, le=1_000_000)
    precision: int | None = Field(None, ge=1, le=MAX_PRECISION)
    scale: int = Field(0, ge=0, le=MAX_PRECISION)
    keep_empty: bool | None = None
    invalid: Literal["reject", "clear"] = "reject"
    meaning: str = ""

    @model_validator(mode="before")
    @classmethod
    def _source_as_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("source"), str):
            return {**data, "source": data["source"].split("+")}
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
    read: dict[str, Any] = {"source": match["source"].split("+"), "type": match["type"]}
    numbers = [int(number) for number in (match["arguments"] or "").split(",") if number]
    if match["type"] == "text" and len(numbers) == 1:
        read["length"] = numbers[0]
    elif match["type"] == "decimal" and numbers:
        read.update(zip(("precision", "scale"), numbers, strict=False))
    elif numbers:
        raise ValueError(f"{value!r} is not a column; {_ADVICE}")
    if match["word"]:
        read["keep_empty"] = _WORDS[match["word"]]
    if meaning.strip():
        read["meaning"] = meaning.strip()
    return read


Columns = Annotated[
    dict[Identifier, Annotated[ColumnSpec, BeforeValidator(read_column)]], Field(min_length=1)
]
"""Target column names and what fills them, in the order of the table."""
