"""What a migration of the package's own tables may do, in terms that every database renders.

A migration lists changes. :meth:`data_sync.warehouse.interface.Warehouse.render` turns each into statements
that may be run again: what is there already is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ColumnType:
    """A type of the package's own tables.

    :param kind: what it holds; see the constants and functions of this module
    :param length: characters, of text
    """

    kind: Literal["identity", "text", "ascii", "long_text", "instant", "flag", "bigint", "int"]
    length: int | None = None


IDENTITY = ColumnType("identity")
"""A number that the database gives to each new row."""

INSTANT = ColumnType("instant")
"""A point in time, UTC, to the microsecond."""

FLAG = ColumnType("flag")
"""True or false."""

BIGINT = ColumnType("bigint")
INT = ColumnType("int")

LONG_TEXT = ColumnType("long_text")
"""Text of any length."""


def text(length: int) -> ColumnType:
    """Return the type of text of any language, with at most so many characters."""
    return ColumnType("text", length)


def ascii_text(length: int) -> ColumnType:
    """Return the type of text without accents, with at most so many characters."""
    return ColumnType("ascii", length)


@dataclass(frozen=True)
class OwnColumn:
    """A column of one of the package's own tables; see :func:`required` and :func:`optional`."""

    name: str
    type: ColumnType
    nullable: bool


def required(name: str, kind: ColumnType) -> OwnColumn:
    """Return a column that takes no NULL."""
    return OwnColumn(name, kind, nullable=False)


def optional(name: str, kind: ColumnType) -> OwnColumn:
    """Return a column that takes NULL."""
    return OwnColumn(name, kind, nullable=True)


@dataclass(frozen=True)
class CreateTable:
    """Create a table.

    :param key: the columns of its primary key
    """

    name: str
    columns: tuple[OwnColumn, ...]
    key: tuple[str, ...]


@dataclass(frozen=True)
class DropTable:
    """Drop a table with its rows and indexes."""

    name: str


@dataclass(frozen=True)
class AddColumn:
    """Add a column that takes NULL, since the table may hold rows."""

    table: str
    column: OwnColumn


@dataclass(frozen=True)
class CreateIndex:
    """Create an index.

    :param where: index those rows alone that hold this number in this column
    """

    name: str
    table: str
    columns: tuple[str, ...]
    where: tuple[str, int] | None = None


@dataclass(frozen=True)
class ReplaceView:
    """Create a view, or give it a new query.

    :param query: standard SQL with identifiers in double quotes; ``{schema}`` stands for the log's schema
        and ``{true}`` for the truth value
    """

    name: str
    query: str


Change = CreateTable | DropTable | AddColumn | CreateIndex | ReplaceView


@dataclass(frozen=True)
class Migration:
    """One step from a version of the package's own tables to the next, taken in one transaction."""

    changes: tuple[Change, ...]
