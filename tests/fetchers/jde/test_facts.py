"""A site's decimals: read from its own tables once, kept beside the settings, and used from there."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_sync.cli.main import main
from data_sync.errors import ConfigurationError
from data_sync.fetchers.base import Window
from data_sync.fetchers.jde.site import JdeSite
from data_sync.fetchers.registry import make_fetcher
from data_sync.project import load_settings
from data_sync.settings.models import DataSource, SourceSystem

TABLE = {
    "table_name": "LotUsage",
    "source_system": "JDE",
    "fetcher": "jde",
    "keys": ["LedgerId"],
    "mass": {"interval": "7d"},
    "fetch": {
        "table": "F4111",
        "prefix": "IL",
        "columns": {
            "LedgerId": "UKID integer",
            "Company": "KCO text(5)",
            "Quantity": "TRQT decimal(15,3)",
            "UnitCost": "UNCS decimal(15,4)",
            "Amount": "PAID decimal(15,2) by KCO",
        },
    },
}


@pytest.fixture
def site(driver_source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A JD Edwards whose quantities have five decimals, and which has companies in dollars and yen."""
    source = driver_source
    source.run("CREATE TABLE F9210 (FRDTAI char(10), FRCDEC char(1))")
    for item, decimals in [("TRQT", "5"), ("UNCS", " "), ("UORG", "3"), ("PAID", "2")]:
        source.run("INSERT INTO F9210 VALUES (?, ?)", (item.ljust(10), decimals))
    source.run("CREATE TABLE F0013 (CVCRCD char(3), CVCDEC char(1))")
    source.run("CREATE TABLE F0010 (CCCO char(5), CCCRCD char(3))")
    for code, decimals in [("USD", "2"), ("JPY", "0"), ("BHD", "3")]:
        source.run("INSERT INTO F0013 VALUES (?, ?)", (code, decimals))
    for company, currency in [("00001", "USD"), ("00070", "JPY"), ("00099", "   ")]:
        source.run("INSERT INTO F0010 VALUES (?, ?)", (company, currency))
    source.run(
        "CREATE TABLE F4111 (ILUKID numeric(15), ILKCO char(5), ILTRQT numeric(15), ILUNCS numeric(15), "
        "ILPAID numeric(15))"
    )
    for key, company in enumerate(["00001", "00070"], 1):
        source.run("INSERT INTO F4111 VALUES (?, ?, 1234567, 1500, 1000)", (key, company))
    options = {
        "source_systems": {
            "JDE": {
                "connection": "driver_source",
                "pool": "p",
                "site": {
                    "owner": source.owner,
                    "dictionary_owner": source.owner,
                    "dialect": source.dialect,
                    "facts": "sites/JDE.yaml",
                },
            }
        }
    }
    (tmp_path / "sources").mkdir()
    (tmp_path / "data_sync.yaml").write_text(yaml.safe_dump(options))
    (tmp_path / "sources" / "jde.yaml").write_text(yaml.safe_dump({"data_sources": [TABLE]}))
    monkeypatch.setenv("DATA_SYNC_OPTIONS", str(tmp_path / "data_sync.yaml"))
    monkeypatch.setenv("DATA_SYNC_SOURCES", str(tmp_path / "sources"))
    return source


@pytest.mark.integration
def test_the_command_reads_the_decimals_and_the_fetcher_uses_them(
    site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The file is not there yet; the problem says how to write it.
    assert "jde-facts JDE" in load_settings().problems[0].text
    assert main(["jde-facts", "JDE"]) == 0
    said = capsys.readouterr().out
    assert "TRQT: 5 decimals, where the column lists say 3" in said
    assert "UNCS: 0 decimals, where the column lists say 4" in said
    assert "3 data items, 5 companies and currencies" in said
    kept = yaml.safe_load((tmp_path / "sites" / "JDE.yaml").read_text())
    assert kept == {
        "decimals": {"PAID": 2, "TRQT": 5, "UNCS": 0},
        "amount_decimals": {"00001": 2, "00070": 0, "USD": 2, "JPY": 0, "BHD": 3},
    }

    settings = load_settings()
    assert settings.problems == ()
    system = settings.options.source_systems["JDE"]
    fetcher: Any = make_fetcher(settings.sources["LotUsage"], system, settings.include)
    rows = fetcher.fetch(Window()).read_all().to_pylist()
    assert [(row["Quantity"], row["UnitCost"], row["Amount"]) for row in rows] == [
        (Decimal("12.34567"), Decimal(1500), Decimal("10.000")),
        (Decimal("12.34567"), Decimal(1500), Decimal("1000.000")),
    ]


@pytest.mark.integration
def test_they_can_be_printed_instead(site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jde-facts", "JDE", "--print"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["decimals"]["TRQT"] == 5
    assert not (tmp_path / "sites").exists()


@pytest.mark.integration
def test_without_currencies_amounts_have_the_decimals_of_their_item(
    site: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    site.run("UPDATE F0010 SET CCCRCD = '   '")
    assert main(["jde-facts", "JDE", "--print"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["amount_decimals"] == {}


@pytest.mark.integration
def test_decimals_that_are_no_number_are_refused(site: Any, capsys: pytest.CaptureFixture[str]) -> None:
    site.run("UPDATE F9210 SET FRCDEC = 'x' WHERE RTRIM(FRDTAI) = 'TRQT'")
    assert main(["jde-facts", "JDE"]) == 1
    assert "F9210: 'TRQT' has the decimals 'x'" in capsys.readouterr().err


@pytest.mark.integration
def test_a_preview_shows_what_would_arrive(site: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jde-facts", "JDE"]) == 0
    assert main(["preview", "LotUsage", "--rows", "1"]) == 0
    assert "12.34567" in capsys.readouterr().out
    assert main(["preview", "LotUsage", "--sql"]) == 0
    assert f"FROM {site.owner}.F4111\nLIMIT 10" in capsys.readouterr().out


# -- site facts without a source ------------------------------------------------------------------


def fetcher_at(site: dict[str, Any], base: Path, **fetch: Any) -> Any:
    source = DataSource.model_validate({**TABLE, "fetch": {**TABLE["fetch"], **fetch}})  # type: ignore[dict-item]
    return make_fetcher(source, SourceSystem(pool="p", connection="c", site=site), base)


def test_what_is_stated_goes_before_the_file_and_that_before_the_column_list(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text("decimals: {TRQT: 5, UNCS: 6}")
    columns = fetcher_at({"facts": "facts.yaml", "decimals": {"UNCS": 2}}, tmp_path).columns
    assert [columns[name].scale for name in ("Quantity", "UnitCost", "Amount")] == [5, 2, 2]


def test_a_changed_facts_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "facts.yaml"
    for scale in (1, 2):
        file.write_text(f"decimals: {{TRQT: {scale}}}  # {'x' * scale}")
        os.utime(file, ns=(scale, scale))
        assert fetcher_at({"facts": "facts.yaml"}, tmp_path).columns["Quantity"].scale == scale


def test_a_wrong_facts_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text("decimals: {TRQT: many}")
    with pytest.raises(ConfigurationError, match=r"facts.yaml, decimals.TRQT: "):
        fetcher_at({"facts": "facts.yaml"}, tmp_path)


def test_an_amount_column_holds_the_most_decimals_of_any_company(tmp_path: Path) -> None:
    amount = fetcher_at({"amount_decimals": {"00070": 0, "00071": 3, "*": 2}}, tmp_path).columns["Amount"]
    assert (amount.precision, amount.scale) == (18, 3)
    same = fetcher_at({"amount_decimals": {"*": 2}}, tmp_path).columns["Amount"]
    assert (same.precision, same.scale) == (15, 2)


def test_a_site_adds_columns_filters_and_an_owner_to_a_shipped_table(tmp_path: Path) -> None:
    added = {
        "owner": "CRPDTA",
        "columns": {"Custom": "URCD text(2)", "Company": "KCO text(8)"},
        "filter": {"DCT": "IM"},
    }
    fetcher = fetcher_at({"tables": {"F4111": added}}, tmp_path, filter={"MCU": "M30"})
    query = fetcher.statement(Window())
    assert list(fetcher.columns) == [*TABLE["fetch"]["columns"], "Custom"]  # type: ignore[index]
    assert fetcher.columns["Company"].length == 8
    assert "ILURCD\nFROM CRPDTA.F4111\nWHERE ILMCU IN ('M30')\n  AND ILDCT IN ('IM')" in query


@pytest.mark.parametrize(
    ("site", "message"),
    [
        ({"tables": {"F4111": {"columns": {"Custom": "URCD texts"}}}}, r"site.tables.F4111.columns.Custom"),
        ({"tables": {"F4111": {"filter": {"MCU": []}}}}, "MCU has no usable value"),
        ({"amount_decimals": {"USD": -1}}, "site.amount_decimals.USD"),
        ({"facts": "no/such.yaml"}, "python -m data_sync jde-facts JDE"),
    ],
)
def test_wrong_site_facts_are_named(site: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=message):
        fetcher_at(site, tmp_path)


def test_every_site_fact_is_described() -> None:
    for name in JdeSite.model_fields:
        assert f":ivar {name}:" in (JdeSite.__doc__ or "")
