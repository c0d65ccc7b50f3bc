"""A table's whole DAG with SQL Server as its warehouse, from a source that is read through ODBC."""

from __future__ import annotations

import os
from datetime import timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.databases.mssql_lab import mssql_lab
from tests.runs.conftest import Site

from data_sync.warehouse.interface import TableName, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases.lab import Lab

pytestmark = pytest.mark.mssql

CMS = {
    "fetcher": "cms",
    "keys": ["Id"],
    "last_update_column": "LastUpdateDT",
    "create_table": True,
    "daily": {"interval": "1d"},
}
COLUMNS = {
    "Id": "ID integer",
    "Name": "NAME text(30)",
    "Quantity": "QUANTITY decimal(15,3)",
    "Made": "MADE date",
    "LastUpdateDT": "CHANGED datetime",
}
LOADS: dict[str, dict[str, Any]] = {
    "swap": {"prepurge_data": True, "load": "swap"},
    "truncate": {"prepurge_data": True, "load": "truncate"},
    "merge": {},
}


class Plant:
    """A site whose warehouse is SQL Server.

    :param site: its configuration and its source
    :param lab: its warehouse
    """

    def __init__(self, site: Site, lab: Lab) -> None:
        self.site = site
        self.lab = lab

    def orders(self, table: str, load: str) -> str:
        """Make a source of 250 orders with decimals, odd text and NULL, and a DAG that syncs it."""
        self.site.query(
            f"CREATE TABLE {{source}}.{table} (id int PRIMARY KEY, name text, quantity numeric(15,3), "
            "made date, changed timestamp)"
        )
        self.site.query(
            f"INSERT INTO {{source}}.{table} SELECT n, CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN 'Größe 大 ''' "
            "|| n ELSE '' END, n * 1.001, date '2024-02-29' + n, "
            "timestamp '2026-01-01' + n * interval '1 min' FROM generate_series(1, 250) n"
        )
        fetch = {"table": f"{self.site.name}_source.{table}", "cursor": "CHANGED", "columns": COLUMNS}
        mass = {"interval": "7d", **LOADS[load]}
        return self.site.source(table, **CMS, fetch=fetch, mass=mass)

    def held(self, table: str) -> list[tuple[Any, ...]]:
        """Return the target's rows, whose stamps are UTC."""
        rows = self.lab.rows(Target(TableName(self.lab.options.target_schema, table), ("Id",)))
        return [tuple(row[name] for name in COLUMNS) for row in rows]

    def read(self, table: str) -> list[tuple[Any, ...]]:
        """Return the source's rows as the target ought to hold them; stamps are UTC."""
        found = self.site.query(
            f"SELECT id, name, quantity, made, changed FROM {{source}}.{table} ORDER BY id"
        )
        return [(*row[:4], row[4].replace(tzinfo=timezone.utc)) for row in found]

    def log(self, table: str) -> list[dict[str, Any]]:
        """Return the table's rows of the log, oldest first."""
        with self.lab.warehouse.transaction() as session:
            return session.rows(
                f'SELECT * FROM "{self.lab.options.log_schema}"."DataUpdate" '
                'WHERE "TableName" = %(table)s ORDER BY "Id"',
                {"table": table},
            )


@pytest.fixture(scope="module")
def shared_plant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    with mssql_lab(request) as lab:
        lab.needs("MERGE")
        uri = request.getfixturevalue("postgres_uri")
        site = Site(tmp_path_factory.mktemp("plant"), uri, os.environ["DATA_SYNC_TEST_MSSQL"])
        yield Plant(site, lab)
        site.close()


@pytest.fixture
def plant(shared_plant: Plant) -> Iterator[Plant]:
    """The plant without data sources."""
    own = shared_plant.lab.options
    shared_plant.site.options(
        warehouse={
            "connection": "runs_warehouse",
            "uri": "mssql://warehouse/cache",
            "target_schema": own.target_schema,
            "staging_schema": own.staging_schema,
            "log_schema": own.log_schema,
        }
    )
    yield shared_plant
    for file in (shared_plant.site.folder / "data_sources").iterdir():
        file.unlink()


@pytest.mark.parametrize("load", LOADS)
def test_mass_daily_and_hourly_keep_the_table_in_step(plant, load):
    table = plant.orders(f"orders_{load}", load)
    first = plant.site.run(table)
    assert first.state == "success", first.output[-5000:]
    assert plant.held(table) == plant.read(table)
    assert len(plant.held(table)) == 250
    plant.site.query(
        f"UPDATE {{source}}.{table} SET quantity = -0.001, changed = now() AT TIME ZONE 'UTC' WHERE id <= 20"
    )
    plant.site.query(f"INSERT INTO {{source}}.{table} VALUES (900, 'new', 1, NULL, now() AT TIME ZONE 'UTC')")
    for kind in ("hourly", "daily"):
        run = plant.site.run(table, update_type=kind)
        assert run.state == "success", run.output[-5000:]
        assert f"{kind}.merge" in run.states()
    again = plant.site.run(table, update_type="mass")
    assert again.state == "success", again.output[-5000:]
    assert plant.held(table) == plant.read(table)
    mass, hourly, daily, last = plant.log(table)
    assert [row["UpdateType"] for row in (mass, hourly, daily, last)] == ["Mass", "Hourly", "Daily", "Mass"]
    assert all(row["WasSuccessful"] for row in (mass, hourly, daily, last))
    assert (mass["NumberRecords"], mass["RowsInserted"]) == (250, 250)
    assert (hourly["RowsInserted"], hourly["RowsUpdated"]) == (1, 20)
    assert (daily["RowsInserted"], daily["RowsUpdated"]) == (0, 0)
    assert daily["RowsUnchanged"] >= 21
    assert last["NumberRecords"] == 251
    assert plant.held(table)[0][2] == Decimal("-0.001")
    assert plant.lab.warehouse.staging_tables() == []


def test_a_failed_update_is_logged_and_the_next_brings_everything(plant):
    table = plant.orders("orders_failed", "swap")
    assert plant.site.run(table).state == "success"
    plant.site.query(
        f"UPDATE {{source}}.{table} SET quantity = 999999999999.123, changed = now() AT TIME ZONE 'UTC' "
        "WHERE id = 7"
    )
    plant.lab.execute(f'ALTER TABLE "{plant.lab.options.target_schema}"."{table}" DROP COLUMN "Made"')
    failed = plant.site.run(table, update_type="hourly")
    assert failed.state == "failed"
    row = plant.log(table)[-1]
    assert (bool(row["WasSuccessful"]), row["NumberRecords"]) == (False, -1)
    assert "Made" in row["Error"]
    plant.lab.execute(f'ALTER TABLE "{plant.lab.options.target_schema}"."{table}" ADD "Made" date NULL')
    assert plant.site.run(table, update_type="mass").state == "success"
    assert plant.held(table) == plant.read(table)
