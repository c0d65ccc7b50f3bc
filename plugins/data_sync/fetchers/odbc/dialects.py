"""What differs between the databases that sources live in: quoting, qualifiers, row limits, date-times.

Nothing else in the fetchers knows one database from another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from data_sync.fetchers.columns import bare

DialectName = Literal["oracle", "mssql", "db2", "postgres", "generic"]

STANDARD_FORMAT = "%Y-%m-%d %H:%M:%S.%f"
"""How the bounds of a window are written where a dialect turns them into date-times."""


@dataclass(frozen=True)
class Dialect:
    """How one kind of database writes a query.

    :param quotes: what stands before and behind a quoted name
    :param limit: ends a query that returns at most ``{rows}`` rows; empty where :attr:`top` does it
    :param top: follows SELECT in such a query
    :param timestamp: makes a date-time of a parameter that is bound as text in :data:`STANDARD_FORMAT`
    :param read_only: ends every query
    """

    quotes: tuple[str, str] = ('"', '"')
    limit: str = "FETCH FIRST {rows} ROWS ONLY"
    top: str = ""
    timestamp: str = "?"
    read_only: str = ""

    def name(self, name: str) -> str:
        """Return a name as it stands in a query: as it is, or quoted where configuration quotes it."""
        if not name.startswith('"'):
            return name
        opening, closing = self.quotes
        return opening + bare(name).replace(closing, closing * 2) + closing

    def select(
        self, columns: Sequence[str], table: str, conditions: Sequence[str] = (), *, rows: int | None = None
    ) -> str:
        """Return a query.

        :param columns: what to select, ready for SQL
        :param table: what to select from, ready for SQL
        :param conditions: all of them must hold
        :param rows: how many rows to return at most; None for all
        """
        limited = rows is not None
        head = "SELECT " + (self.top.format(rows=rows) if limited else "")
        lines = [head + ",\n       ".join(columns), f"FROM {table}"]
        if conditions:
            lines.append("WHERE " + "\n  AND ".join(conditions))
        if limited and self.limit:
            lines.append(self.limit.format(rows=rows))
        if self.read_only:
            lines.append(self.read_only)
        return "\n".join(lines)


DIALECTS: Mapping[DialectName, Dialect] = {
    # Oracle reads text as a date only in the session's own format, so the format is stated.
    "oracle": Dialect(timestamp="TO_TIMESTAMP(?, 'YYYY-MM-DD HH24:MI:SS.FF6')"),
    # SQL Server has no FETCH FIRST without ORDER BY.
    "mssql": Dialect(quotes=("[", "]"), limit="", top="TOP ({rows}) ", timestamp="CAST(? AS datetime2(6))"),
    # Db2 then neither locks the rows for an update nor asks for rights to one.
    "db2": Dialect(timestamp="CAST(? AS timestamp)", read_only="FOR READ ONLY"),
    "postgres": Dialect(limit="LIMIT {rows}", timestamp="CAST(? AS timestamp)"),
    # Any other database: the driver or the database makes of the bound text what the column is.
    "generic": Dialect(limit="LIMIT {rows}"),
}
"""The databases that sources are known to live in."""


def literal(value: int | str) -> str:
    """Return a filter's value as SQL.

    A literal and not a parameter: Oracle compares blank-padded columns with literals regardless of the
    padding, but with bound text exactly.
    """
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
