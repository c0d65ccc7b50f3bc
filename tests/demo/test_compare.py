"""The demo's proof that target and source agree: it finds each way in which they can differ."""

from __future__ import annotations

from datetime import datetime, timezone

import psycopg
import pytest

from data_sync.project import load_settings
from data_sync.settings.load import Settings
from data_sync.settings.models import WarehouseOptions
from demo import sources
from demo.compare import DATABASES, EXPECTED, compare

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
SIZES = sources.Sizes.of(1000)
ROWS = {"MisData": SIZES.inspections, "WorkOrder": SIZES.orders}


class Copy:
    """A target made of what the independent statement says the source holds."""

    def __init__(self, server, table, connection):
        self.server = server
        self.source = load_settings().sources[table]
        self.database = DATABASES[self.source.source_system]
        shipped = load_settings()
        warehouse = WarehouseOptions(connection=connection, target_schema="copies")
        options = shipped.options.model_copy(update={"warehouse": warehouse})
        self.settings = Settings(options, shipped.sources, (), shipped.include)
        functions, statement = (
            (EXPECTED / name).read_text("utf-8") for name in ("functions.sql", f"{table}.sql")
        )
        self.execute(
            f"{functions}; DROP SCHEMA IF EXISTS copies CASCADE; CREATE SCHEMA copies; "
            f'CREATE TABLE copies."{table}" AS {statement}'
        )

    def execute(self, statement):
        with psycopg.connect(self.server.uri(self.database)) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def compare(self):
        return compare(self.server, self.settings, self.source)


@pytest.fixture(scope="module")
def filled(sample_server):
    sources.create_jde(sample_server, SIZES, NOW)
    sources.run_script(sample_server, "cms", "cms.sql", {})
    values = {"rows": SIZES.inspections, "now": NOW.replace(tzinfo=None)}
    sources.run_script(sample_server, "cms", "cms_rows.sql", values)
    return sample_server


@pytest.fixture(params=["MisData", "WorkOrder"])
def copy(request, filled, monkeypatch):
    database = {"MisData": "cms", "WorkOrder": "jde"}[request.param]
    uri = filled.uri(database).replace("postgresql://", "postgres://", 1)
    monkeypatch.setenv("AIRFLOW_CONN_COMPARED", uri)
    return Copy(filled, request.param, "compared")


def key(copy, row):
    """Return the key of one row of the target as the comparison names it."""
    names = ", ".join(f'"{name}"' for name in copy.source.keys)
    (found,) = copy.execute(
        f'SELECT {names} FROM copies."{copy.source.table_name}" ORDER BY {names} LIMIT 1 OFFSET {row}'
    )
    return found


def where(copy, found):
    return " AND ".join(
        f"\"{name}\" = '{value}'" for name, value in zip(copy.source.keys, found, strict=True)
    )


def test_an_exact_copy_is_equal(copy):
    found = copy.compare()
    rows = ROWS[copy.source.table_name]
    assert found.equal
    assert (found.source_rows, found.target_rows, found.differences) == (rows, rows, [])
    assert str(found) == (
        f"{copy.source.table_name}: source and target hold the same {rows:,} rows, value by value"
    )


@pytest.mark.parametrize(
    "change",
    [
        "\"Description\" = coalesce(\"Description\", '') || ' '",
        '"Description" = CASE WHEN "Description" IS NULL THEN \'x\' END',
        '"LastUpdateDT" = "LastUpdateDT" + interval \'1 millisecond\'',
        '"LastUpdateDT" = NULL',
    ],
)
def test_one_changed_value_is_found(copy, change):
    row = key(copy, 7)
    copy.execute(f'UPDATE copies."{copy.source.table_name}" SET {change} WHERE {where(copy, row)}')
    found = copy.compare()
    assert not found.equal
    assert len(found.differences) == 1
    assert found.source_rows == found.target_rows
    assert all(str(value) in found.differences[0] for value in row)
    assert "DIFFERENT" in str(found)
    assert found.differences[0] in str(found)


def test_one_missing_row_is_found(copy):
    row = key(copy, 7)
    copy.execute(f'DELETE FROM copies."{copy.source.table_name}" WHERE {where(copy, row)}')
    found = copy.compare()
    assert not found.equal
    assert found.target_rows == found.source_rows - 1
    assert len(found.differences) == 1
    assert all(str(value) in found.differences[0] for value in row)


def test_one_row_too_many_is_found(copy):
    table, first = copy.source.table_name, copy.source.keys[0]
    other = "'999999'" if table == "MisData" else "999999"
    copy.execute(
        f'CREATE TEMP TABLE one AS SELECT * FROM copies."{table}" LIMIT 1; '
        f'UPDATE one SET "{first}" = {other}; INSERT INTO copies."{table}" SELECT * FROM one'
    )
    found = copy.compare()
    assert not found.equal
    assert found.target_rows == found.source_rows + 1
    assert len(found.differences) == 1
    assert "999999" in found.differences[0]


def test_a_row_that_is_there_twice_is_found(copy):
    table = copy.source.table_name
    copy.execute(f'INSERT INTO copies."{table}" SELECT * FROM copies."{table}" LIMIT 1')
    found = copy.compare()
    assert not found.equal
    assert len(found.differences) == 1


def test_an_empty_target_differs_in_every_row(copy):
    copy.execute(f'DELETE FROM copies."{copy.source.table_name}"')
    found = copy.compare()
    assert (found.target_rows, len(found.differences)) == (0, found.source_rows)
    assert len(str(found)) < 400, "a few of them are shown"


def test_both_empty_is_equal(copy):
    table = {"MisData": "MISDATA", "WorkOrder": "PRODDTA.F4801"}[copy.source.table_name]
    with psycopg.connect(copy.server.uri(copy.database)) as connection:
        kept = connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}").rowcount
        try:
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f'DELETE FROM copies."{copy.source.table_name}"')
            connection.commit()
            found = copy.compare()
            assert found.equal
            assert found.source_rows == 0
        finally:
            assert connection.execute(f"INSERT INTO {table} SELECT * FROM kept").rowcount == kept
