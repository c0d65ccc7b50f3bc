"""Proves that each target table equals its sample source, row by row and value by value.

What the target should hold is written in SQL under ``sql/expected/``, apart from the fetchers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from data_sync.warehouse import open_warehouse

if TYPE_CHECKING:
    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource
    from data_sync.warehouse.interface import Warehouse
    from demo.embedded_postgres import EmbeddedPostgres

EXPECTED = Path(__file__).parent / "sql" / "expected"
DATABASES = {"JDE": "jde", "CMS": "cms"}
_CHUNK = 10_000
_AS_IT_IS = {str, bool, date}


@dataclass(frozen=True)
class Comparison:
    """How a target compares with its source.

    :param table: the target table
    :param source_rows: rows of the source
    :param target_rows: rows of the target
    :param differences: the keys of rows that are missing, superfluous or different, all of them
    """

    table: str
    source_rows: int
    target_rows: int
    differences: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences and self.source_rows == self.target_rows

    def __str__(self) -> str:
        if self.equal:
            return f"{self.table}: source and target hold the same {self.source_rows:,} rows, value by value"
        sample = "; ".join(self.differences[:3])
        return (
            f"{self.table}: DIFFERENT: {self.source_rows:,} rows in the source, {self.target_rows:,} in the "
            f"target, {len(self.differences):,} keys differ, such as {sample}"
        )


def compare(server: EmbeddedPostgres, settings: Settings, source: DataSource) -> Comparison:
    """Compare one target table with its sample source.

    :param server: the server that holds the sample sources
    """
    options = settings.options
    warehouse = open_warehouse(options.warehouse, options.bulk_copy_batch_size)
    schema = source.target_schema or options.warehouse.target_schema
    expected: dict[str, bytes] = {}
    with psycopg.connect(server.uri(DATABASES[source.source_system])) as connection:
        connection.execute((EXPECTED / "functions.sql").read_bytes())
        cursor = connection.cursor(name="expected")
        cursor.itersize = _CHUNK
        cursor.execute((EXPECTED / f"{source.table_name}.sql").read_bytes())
        first = cursor.fetchone()
        columns = [column.name for column in cursor.description or ()]
        keys = [columns.index(key) for key in source.keys]
        for row in chain_first(first, cursor):
            expected[key_of(row, keys)] = digest(row)
    quoted = ", ".join(f'"{name}"' for name in columns)
    query = f'SELECT {quoted} FROM "{schema}"."{source.table_name}"'  # noqa: S608 - names from the configuration
    source_rows, target_rows, differences = len(expected), 0, []
    for row in target(warehouse, query):
        target_rows += 1
        key = key_of(row, keys)
        if expected.pop(key, None) != digest(row):
            differences.append(key)
    return Comparison(source.table_name, source_rows, target_rows, differences + list(expected))


def chain_first(first: Any, rest: Iterable[Any]) -> Iterator[Any]:
    """Yield a row fetched in advance, then the others."""
    if first is not None:
        yield first
    yield from rest


def target(warehouse: Warehouse, query: str) -> Iterator[tuple[Any, ...]]:
    """Stream the rows of a query on the warehouse."""
    if warehouse.dialect == "postgres":
        with psycopg.connect(warehouse.dsn) as connection:  # type: ignore[attr-defined]
            cursor = connection.cursor(name="target")
            cursor.itersize = _CHUNK
            yield from cursor.execute(query.encode())
        return
    with closing(warehouse.hook.get_conn()) as connection:  # type: ignore[attr-defined]
        cursor = connection.cursor()
        cursor.execute(query)
        while rows := cursor.fetchmany(_CHUNK):
            yield from (tuple(row) for row in rows)


def key_of(row: tuple[Any, ...], keys: list[int]) -> str:
    """Return a row's key as text."""
    return ", ".join(str(canonical(row[index])) for index in keys)


def digest(row: tuple[Any, ...]) -> bytes:
    """Return a fingerprint of a row's values, whichever driver they came through."""
    return hashlib.blake2b(repr([canonical(value) for value in row]).encode(), digest_size=16).digest()


def canonical(value: Any) -> Any:
    """Return a value in one form: numbers as decimals without trailing zeros, stamps as aware UTC."""
    kind = type(value)
    if value is None or kind in _AS_IT_IS:
        return value
    if kind is Decimal:
        return value.normalize() + 0
    if kind is int:
        return Decimal(value).normalize() + 0
    if isinstance(value, float):
        return Decimal(str(value)).normalize() + 0
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    return value
