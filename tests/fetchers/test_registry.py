"""Fetchers are found by name, constructed while DAGs are parsed, and say what is wrong with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from data_sync.errors import ConfigurationError
from data_sync.fetchers.registry import make_fetcher
from data_sync.fetchers.sample import SampleFetcher
from data_sync.settings.models import DataSource, SourceSystem

ROOT = Path(__file__).parents[2]
JDE = {"table": "F4801", "prefix": "WA", "cursor": ["UPMJ", "TDAY"], "columns": {"Id": "DOCO integer"}}


def make(fetcher: str, fetch: dict[str, Any], site: dict[str, Any] | None = None, base: Path = ROOT) -> Any:
    source = DataSource.model_validate(
        {"table_name": "T", "source_system": "S", "fetcher": fetcher, "fetch": fetch, "keys": ["Id"],
         "daily": {"interval": "1d"}}
    )  # fmt: skip
    return make_fetcher(source, SourceSystem(pool="p", connection="c", site=site or {}), base)


def test_a_dotted_path_names_a_class_of_ones_own() -> None:
    assert type(make("data_sync.fetchers.sample.SampleFetcher", {"rows": 5})) is SampleFetcher


@pytest.mark.parametrize(
    ("fetcher", "fetch", "message"),
    [
        ("jd", {}, "did you mean 'jde'"),
        ("no.such.Module", {}, "cannot be imported: ModuleNotFoundError"),
        ("data_sync.errors.PermanentError", {}, "is not a subclass"),
        ("jde", {**JDE, "tabel": 1}, r"fetch.tabel: unknown field; did you mean 'table'"),
        ("jde", {**JDE, "table": "F4801; DROP"}, "fetch.table: "),
        ("jde", {**JDE, "columns": {"Id": "DOCO whole"}}, r"fetch.columns.Id.type: .*not 'whole'"),
        ("jde", {**JDE, "columns": {}}, "fetch.columns: "),
        ("jde", {key: JDE[key] for key in ("table", "columns")}, "fetch.cursor: is missing"),
        ("jde", {**JDE, "filter": {"DCTO": []}}, "fetch.filter: DCTO has no usable value"),
        ("sql", {}, "write either file"),
        ("sql", {"file": "a.sql", "query": "SELECT 1"}, "write either file"),
        ("sql", {"file": "no/such.sql"}, r"no/such.sql cannot be read: No such file"),
        ("sql", {"query": "SELECT :minimum"}, "fetch.query: .*':minimum' is not a known value"),
        ("cms", {"table": "MIS DATA", "columns": {"Id": "ID integer"}}, "fetch.table: "),
        ("sample", {"rows": -1}, "fetch.rows: .*greater than or equal to 0, not -1"),
    ],
)
def test_what_is_wrong_is_named(fetcher: str, fetch: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make(fetcher, fetch)


def test_a_byte_order_mark_is_no_part_of_the_query(tmp_path: Path) -> None:
    from data_sync.fetchers.base import Window

    (tmp_path / "orders.sql").write_text("SELECT 1 AS Id", encoding="utf-8-sig")
    query, _ = make("sql", {"file": "orders.sql"}, base=tmp_path).statement(Window())
    assert query == "SELECT 1 AS Id"


@pytest.mark.parametrize(
    ("site", "message"),
    [
        ({"owner": "PROD DTA"}, r"source system S, site.owner: "),
        ({"qualifer": "/"}, "site.qualifer: unknown field; did you mean 'qualifier'"),
        ({"decimals": {"UORG": "x"}}, "site.decimals.UORG: "),
    ],
)
def test_wrong_site_facts_are_named(site: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make("jde", JDE, site)


def test_the_sites_decimals_owner_and_qualifier_count() -> None:
    from data_sync.fetchers.base import Window

    fetch = {**JDE, "columns": {"Id": "DOCO integer", "Quantity": "UORG decimal(15,3)"}}
    fetcher = make("jde", fetch, {"owner": "CRPDTA", "qualifier": "/", "decimals": {"UORG": 5}})
    assert fetcher.columns["Quantity"].scale == 5
    assert "FROM CRPDTA/F4801" in fetcher.statement(Window())


def test_constructing_the_shipped_fetchers_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from data_sync.project import load_settings\n"
        "settings = load_settings()\n"
        "assert len(settings.sources) >= 4, settings.problems\n"
        "heavy = {'airflow', 'arrow_odbc', 'numpy', 'pandas', 'pyarrow', 'pyodbc'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(ROOT / "plugins")})
