"""The examples that are shipped, and the documentation that shows how to use them."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data_sync.fetchers.base import Window
from data_sync.fetchers.registry import make_fetcher
from data_sync.loading.frames import numbered_batches
from data_sync.project import load_settings
from data_sync.settings.load import ROOT, Settings
from data_sync_examples.price_list import PriceListFetcher
from data_sync_examples.yearly_log import YearlyLogFetcher

PAGE = ROOT / "docs" / "own-fetcher.md"


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that the page's YAML stands for."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    folder = tmp_path / "include" / "data_sources"
    folder.mkdir(parents=True)
    for number, block in enumerate(blocks):
        (folder / f"{number}.yaml").write_text(block)
    monkeypatch.setenv("DATA_SYNC_SOURCES", str(folder))
    return load_settings()


def test_what_the_page_shows_is_valid(documented: Settings) -> None:
    assert documented.problems == ()
    assert sorted(documented.sources) == ["Complaint", "EventLog", "OpenOrder", "PriceList"]


def test_the_files_that_the_page_links_to_are_there() -> None:
    links = re.findall(r"\]\((\.\./[^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert len(links) == 3
    assert all((PAGE.parent / link).resolve().is_file() for link in links)


def test_airflow_does_not_load_the_examples_as_plugins() -> None:
    assert "data_sync_examples/" in (ROOT / "plugins" / ".airflowignore").read_text().splitlines()


def test_the_price_list_keeps_prices_exact_and_takes_what_changed(documented: Settings) -> None:
    fetcher = fetcher_of(documented, "PriceList")
    assert isinstance(fetcher, PriceListFetcher)
    file = documented.include / "prices" / "current.csv"
    file.parent.mkdir()
    file.write_text("Item,Price,ChangedAt\nA,0.10,2026-11-23T09:00:00Z\nB,,2026-11-23T11:30:00+01:00\n")

    def prices(window: Window) -> list[tuple[Any, ...]]:
        _, batches = numbered_batches(fetcher.fetch(window))
        return [tuple(row.values())[:3] for batch in batches for row in batch.to_pylist()]

    nine = datetime(2026, 11, 23, 9, tzinfo=timezone.utc)
    half_past_ten = datetime(2026, 11, 23, 10, 30, tzinfo=timezone.utc)
    assert prices(Window()) == [("A", Decimal("0.10"), nine), ("B", None, half_past_ten)]
    assert prices(Window(half_past_ten)) == [("B", None, half_past_ten)]
    file.write_text("Item,Price,ChangedAt\n")
    assert prices(Window()) == []


@pytest.mark.integration
def test_the_yearly_log_reads_the_years_that_a_window_touches(
    documented: Settings, driver_source: Any
) -> None:
    this_year = datetime.now(timezone.utc).year
    for year in range(2024, this_year + 1):
        driver_source.run(f"CREATE TABLE EVENTS_{year} (ID integer, TEXT varchar(200), WRITTEN_AT timestamp)")
        driver_source.run(f"INSERT INTO EVENTS_{year} VALUES (?, 'x', '{year}-06-01 12:00:00')", (year,))
    fetch = {**documented.sources["EventLog"].fetch, "table": f"{driver_source.owner}.EVENTS"}
    fetcher = driver_source.fetcher(documented.sources["EventLog"].fetcher, **fetch)
    assert isinstance(fetcher, YearlyLogFetcher)

    def years(window: Window) -> list[int]:
        return sorted(fetcher.fetch(window).read_all()["EventId"].to_pylist())

    assert years(Window()) == list(range(2024, this_year + 1))
    assert years(Window(datetime(2025, 6, 2, tzinfo=timezone.utc))) == list(range(2026, this_year + 1))
    assert "EVENTS_2024" not in fetcher.statement(Window(datetime(2025, 6, 2, tzinfo=timezone.utc)))[0]


def fetcher_of(settings: Settings, table: str) -> Any:
    source = settings.sources[table]
    return make_fetcher(source, settings.options.source_systems[source.source_system], settings.include)
