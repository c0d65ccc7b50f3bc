"""A new table is one YAML file: the one that docs/sources.md shows."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import psycopg
import pytest

from data_sync.cli import main
from data_sync.cli.data_dictionary import dictionary
from data_sync.fetchers.base import Window
from data_sync.fetchers.registry import make_fetcher
from data_sync.project import load_settings
from data_sync.settings.load import ROOT
from data_sync.settings.update_type import UpdateType

COMPANIES = """
DROP TABLE IF EXISTS PRODDTA.F0010;
CREATE TABLE PRODDTA.F0010 (
    CCCO character(5) PRIMARY KEY, CCNAME character(30), CCCRCD character(3), CCPNC numeric(2, 0),
    CCDFYJ numeric(6, 0), CCUPMJ numeric(6, 0), CCUPMT numeric(6, 0)
);
INSERT INTO PRODDTA.F0010 VALUES
    ('00000', 'Default company', 'USD', 5, 126001, 0, 0),
    ('00070', 'Werk Süd GmbH', 'EUR', 11, 126001, 126040, 93005),
    ('00200', '', 'JPY', 8, 0, 126041, 235959);
"""


@pytest.fixture
def documented(tmp_path, monkeypatch):
    """A configuration whose only data source is the documentation's."""
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(# include/data_sources/jde_company\.yaml\n.*?)```", text, re.DOTALL)
    folder = tmp_path / "data_sources"
    folder.mkdir()
    (folder / "jde_company.yaml").write_text(block, encoding="utf-8")
    monkeypatch.setenv("DATA_SYNC_SOURCES", str(folder))


def test_the_documented_file_is_valid_beside_the_shipped_ones(documented, capsys):
    assert main(["validate"]) == 0
    assert "1 valid data sources" in capsys.readouterr().out


def test_the_documented_file_is_all_that_a_new_table_needs(shop, documented):
    with psycopg.connect(shop.server.uri("jde")) as jde:
        jde.execute(COMPANIES)
    loaded = load_settings()
    shop.settings = replace(shop.settings, sources=loaded.sources, include=loaded.include)
    company = loaded.sources["Company"]
    assert shop.run(company, UpdateType.MASS).inserted == 3
    with psycopg.connect(shop.server.uri("jde")) as jde:
        jde.execute("UPDATE PRODDTA.F0010 SET CCPNC = 12, CCUPMJ = 130001 WHERE CCCO = '00070'")
    assert shop.run(company, UpdateType.DAILY).updated == 1
    schema = shop.settings.options.warehouse.target_schema
    with shop.sync_of(company).warehouse.transaction() as session:
        rows = session.rows(
            'SELECT "Company", "Name", "Currency", "CurrentPeriod", "FiscalYearStart" '
            f'FROM "{schema}"."Company" ORDER BY "Company"'
        )
    assert [tuple(str(value) for value in row.values()) for row in rows] == [
        ("00000", "Default company", "USD", "5", "2026-01-01"),
        ("00070", "Werk Süd GmbH", "EUR", "12", "2026-01-01"),
        ("00200", "None", "JPY", "8", "None"),
    ]


def test_the_documented_facts_of_a_site_are_valid_and_take_effect(tmp_path, monkeypatch):
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(source_systems:\n.*?)```", text, re.DOTALL)
    (tmp_path / "data_sync.yaml").write_text(
        block + "  CMS: {connection: cms, pool: data_sync_cms}\n", "utf-8"
    )
    shutil.copytree(ROOT / "include" / "data_sources", tmp_path / "data_sources")
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "JDE.yaml").write_text("decimals: {UORG: 4, SOQS: 4}\n", encoding="utf-8")
    monkeypatch.setenv("DATA_SYNC_OPTIONS", str(tmp_path / "data_sync.yaml"))
    monkeypatch.setenv("DATA_SYNC_SOURCES", str(tmp_path / "data_sources"))
    settings = load_settings()
    assert settings.problems == ()
    page = dictionary(settings)
    assert "| QuantityOrdered | F4801.WAUORG | decimal(15,2) | 2 |" in page
    assert "| QuantityShipped | F4801.WASOQS | decimal(15,4) | 4 |" in page
    assert "| Reference | F4801.WAVR01 | text(25) |" in page
    codes = make_fetcher(
        settings.sources["UserDefinedCode"], settings.options.source_systems["JDE"], settings.include
    )
    assert "FROM CRPCTL.F0005" in codes.describe(Window())["query"]
