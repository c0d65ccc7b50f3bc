"""Divides a read into parts by ranges of a key column, so that several can be under way at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """The rows whose key lies from ``low`` (included) to ``high`` (excluded).

    None leaves a side open; the part that is open below also takes rows without a key, so the parts of
    a read together bring every row once.

    :param number: place among the parts, from 0
    :param low: the least key
    :param high: the first key of the next part
    """

    number: int = 0
    low: int | None = None
    high: int | None = None

    def to_dict(self) -> dict[str, int | None]:
        """Return the part as values for XCom; :meth:`from_dict` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Part:
        """Return the part that :meth:`to_dict` described."""
        return cls(**values)

    def conditions(self, column: str) -> list[str]:
        """Return what must hold for a row to belong to the part.

        :param column: the key column, ready for SQL
        """
        if self.low is None and self.high is None:
            return []
        if self.low is None:
            return [f"({column} < {self.high} OR {column} IS NULL)"]
        conditions = [f"{column} >= {self.low}"]
        if self.high is not None:
            conditions.append(f"{column} < {self.high}")
        return conditions


def divided(lowest: int | None, highest: int | None, parts: int) -> list[Part]:
    """Return ranges of about the same width that together hold every key.

    Rows that come later than the figures were read belong to the first or the last part.

    :param lowest: the least key there is; None when there is no row
    :param highest: the greatest
    :param parts: how many are wanted; fewer where there are fewer keys
    """
    if lowest is None or highest is None:
        return [Part()]
    width = highest - lowest + 1
    wanted = min(parts, width)
    edges: list[int | None] = [lowest + width * number // wanted for number in range(1, wanted)]
    bounds = [None, *edges, None]
    return [Part(number, bounds[number], bounds[number + 1]) for number in range(wanted)]
