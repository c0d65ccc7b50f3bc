"""The embedded PostgreSQL under test."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.databases.lab import Lab, lab_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

    from data_sync.warehouse.interface import TableName

POSTGRES_TYPES = {
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "decimal": "numeric(15,4)",
    "float": "double precision",
    "bool": "boolean",
    "date": "date",
    "time": "time",
    "stamp": "timestamptz",
    "naive stamp": "timestamp",
    "text10": "varchar(10)",
    "char10": "char(10)",
    "text": "text",
    "binary": "bytea",
    "uuid": "uuid",
    "identity": "bigint GENERATED ALWAYS AS IDENTITY",
    "doubled id": 'bigint GENERATED ALWAYS AS ("Id" * 2) STORED',
    "defaulted": "integer NOT NULL DEFAULT 7",
}


@contextmanager
def postgres_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The embedded PostgreSQL."""
    uri: str = request.getfixturevalue("postgres_uri")
    uri = uri.replace("postgresql://", "postgres://", 1)
    with lab_at(uri, POSTGRES_TYPES, _postgres_indexes, _drop_postgres_schemas) as lab:
        try:
            yield lab
        finally:
            lab.drop_schemas(lab, lab.schemas)


def _drop_postgres_schemas(lab: Lab, schemas: Iterable[str]) -> None:
    for schema in schemas:
        lab.execute(f'DROP SCHEMA "{schema}" CASCADE')


def _postgres_indexes(lab: Lab, table: TableName) -> list[str]:
    with lab.warehouse.transaction() as session:
        found = session.rows(
            "SELECT indexname AS name FROM pg_indexes WHERE schemaname = %(schema)s AND tablename = %(name)s "
            "AND indexname NOT LIKE '%%_pkey' ORDER BY 1",
            {"schema": table.schema, "name": table.name},
        )
    return [row["name"] for row in found]
