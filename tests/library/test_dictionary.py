"""The data dictionary page."""

from __future__ import annotations

import pytest

from data_sync.cli import main
from data_sync.cli.data_dictionary import dictionary
from data_sync.project import load_settings
from data_sync.settings.load import ROOT

PAGE = ROOT / "docs" / "data-dictionary.md"


def test_the_page_in_docs_is_what_the_data_sources_say():
    written = PAGE.read_text(encoding="utf-8")
    assert written == dictionary(load_settings()), "run python -m data_sync dictionary"


def test_a_stale_page_fails_the_check(tmp_path, capsys):
    page = tmp_path / "page.md"
    assert main(["dictionary", "--file", str(page)]) == 0
    assert main(["dictionary", "--file", str(page), "--check"]) == 0
    page.write_text(page.read_text(encoding="utf-8").replace("decimal(15,3)", "decimal(15,2)"), "utf-8")
    assert main(["dictionary", "--file", str(page), "--check"]) != 0
    assert "out of date" in capsys.readouterr().out


@pytest.mark.parametrize(
    "row",
    [
        "| QuantityOrdered | F4801.WAUORG | decimal(15,3) | 3 |",
        "| LastUpdateDT | F4111.ILCRDJ + F4111.ILTDAY | datetime |",
        "| ShortItemNumber | F4801.WAITM | integer |  | 0 |",
        "| LowerLimit | MISDATA.LOWER_LIMIT | decimal(18,6) | 6 |",
    ],
)
def test_a_row_leads_from_the_target_column_to_the_source_column(row):
    assert row in dictionary(load_settings())


def test_a_source_that_declares_no_columns_is_listed_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "sample.yaml").write_text(
        "data_sources:\n"
        "  - {table_name: Computed, source_system: CMS, fetcher: sample, keys: [Id], mass: {interval: 1d}}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("DATA_SYNC_SOURCES", str(tmp_path / "sources"))
    assert "## Computed" in dictionary(load_settings())
