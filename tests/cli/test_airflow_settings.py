"""Airflow's connections, pools and variables from airflow_settings.yaml, against a real metadata database."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from data_sync.cli.airflow_settings import read_airflow_settings
from data_sync.errors import ConfigurationError
from data_sync.settings.load import ROOT, load_options

SETTINGS = """
airflow:
  connections:
    - conn_id: jde
      conn_type: odbc
      conn_host: erp
      conn_password: 12345
      conn_extra: {Driver: Testing}
    - {conn_id: warehouse, conn_uri: "mssql://sa:geheim@host:1433/cache"}
    - {conn_id: cms, conn_type: odbc}
    - {conn_id: }
  pools:
    - {pool_name: erp, pool_slot: 2, pool_description: Reads}
    - pool_name:
  variables:
    - {variable_name: site, variable_value: {plant: 7}}
"""

SHOW = """
from airflow.models import Connection, Pool, Variable
from airflow.utils.session import create_session
with create_session() as session:
    for c in session.query(Connection).order_by(Connection.conn_id):
        print(c.conn_id, c.get_uri())
    for p in session.query(Pool).filter(Pool.pool != "default_pool").order_by(Pool.pool.desc()):
        print(p.pool, p.slots, p.description)
    for v in session.query(Variable):
        print(v.key, v.get_val())
"""


OPTIONS = load_options(ROOT / "include" / "data_sync.yaml")
POOL = """
airflow:
  pools:
    - {pool_name: erp}
    - pool_name: data_sync_warehouse
      pool_slot: SLOTS
"""


def write(folder, text):
    path = folder / "airflow_settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_pools_fit_the_shipped_options():
    shipped = read_airflow_settings(ROOT / "airflow_settings.yaml", OPTIONS)
    pools = {pool.pool_name: pool.pool_slot for pool in shipped.pools}
    assert pools == {"data_sync_warehouse": 4, "data_sync_jde": 2, "data_sync_cms": 1}
    assert pools[OPTIONS.warehouse.pool] == OPTIONS.max_degree_of_parallelism
    assert {system.pool for system in OPTIONS.source_systems.values()} <= set(pools)


def test_the_warehouses_pool_is_added_as_the_options_size_it(tmp_path):
    (pool,) = read_airflow_settings(write(tmp_path, "airflow:"), OPTIONS).pools
    assert (pool.pool_name, pool.pool_slot) == ("data_sync_warehouse", 4)
    listed = read_airflow_settings(write(tmp_path, POOL.replace("SLOTS", "4")), OPTIONS).pools
    assert [pool.pool_name for pool in listed] == ["erp", "data_sync_warehouse"]


@pytest.mark.parametrize("slots", ["8", "-1"])
def test_a_pool_of_another_size_is_refused(tmp_path, slots):
    path = write(tmp_path, POOL.replace("SLOTS", slots))
    with pytest.raises(ConfigurationError, match=r":6, airflow\.pools\[1\]\.pool_slot: .* write 4 here"):
        read_airflow_settings(path, OPTIONS)


def test_the_shipped_file_holds_no_connections():
    assert read_airflow_settings(ROOT / "airflow_settings.yaml", OPTIONS).connections == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pools: []", "write everything under one key, airflow:"),
        ("airflow:\n  pool: []", ":2, airflow.pool: Extra inputs"),
        ("airflow:\n  pools:\n  - pool_name: a\n    pool_slot: geheim", ":4, airflow.pools[0].pool_slot: "),
        (
            "airflow:\n  connections:\n  - conn_password: [geheim]",
            ":3, airflow.connections[0].conn_password: ",
        ),
    ],
)
def test_mistakes_are_told_without_values(tmp_path, text, expected):
    with pytest.raises(ConfigurationError) as error:
        read_airflow_settings(write(tmp_path, text), OPTIONS)
    assert expected in str(error.value)
    assert "geheim" not in str(error.value)


class Airflow:
    """An Airflow with a metadata database of its own; commands run in processes of their own."""

    def __init__(self, home):
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")} | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "PYTHONPATH": str(ROOT / "plugins"),
        }
        self.run("-m", "airflow", "db", "migrate")

    def run(self, *command, check=True, **env):
        finished = subprocess.run(
            [sys.executable, *command], env=self.env | env, capture_output=True, text=True, check=False
        )
        assert not check or finished.returncode == 0, finished.stderr
        return finished

    def apply(self, path, **env):
        return self.run("-m", "data_sync", "apply-settings", str(path), **env).stdout.splitlines()

    def show(self):
        return self.run("-c", SHOW).stdout.splitlines()


@pytest.mark.integration
def test_settings_are_applied_once_and_then_unchanged(tmp_path):
    airflow = Airflow(tmp_path)
    path = write(tmp_path, SETTINGS)
    provided = {"AIRFLOW_CONN_CMS": "odbc://elsewhere"}
    first = airflow.apply(path, **provided)
    assert first == [
        "connection jde: created",
        "connection warehouse: created",
        "connection cms: left to the environment",
        "pool erp: created",
        "pool data_sync_warehouse: created",
        "variable site: created",
    ]
    expected = [
        "jde odbc://:12345@erp/?Driver=Testing",
        "warehouse mssql://sa:geheim@host:1433/cache",
        "erp 2 Reads",
        "data_sync_warehouse 4 Concurrent loads into the warehouse (max_degree_of_parallelism)",
        'site {"plant": 7}',
    ]
    assert airflow.show() == expected
    assert airflow.apply(path, **provided) == [line.replace("created", "unchanged") for line in first]
    assert airflow.show() == expected

    changed = SETTINGS.replace("pool_slot: 2", "pool_slot: 3").replace("12345", "54321").replace("7", "8")
    lines = airflow.apply(write(tmp_path, changed), **provided)
    assert [line for line in lines if "updated" in line] == [
        "connection jde: updated",
        "pool erp: updated",
        "variable site: updated",
    ]
    assert "erp 3 Reads" in airflow.show()

    broken = SETTINGS.replace("conn_type: odbc}", "conn_uri: 'odbc://x:geheim@erp:port/'}").replace(
        "slot: 2", "slot: 9"
    )
    finished = airflow.run("-m", "data_sync", "apply-settings", str(write(tmp_path, broken)), check=False)
    assert finished.returncode == 1
    assert "connection cms: " in finished.stderr
    assert "geheim" not in finished.stderr + finished.stdout
    assert "erp 3 Reads" in airflow.show(), "nothing is applied when one entry is refused"
