"""What the shipped data sources promise, read from their YAML alone."""

from __future__ import annotations

import re

import pytest

from data_sync.cli.data_dictionary import columns_of
from data_sync.fetchers.registry import make_fetcher
from data_sync.project import load_settings
from data_sync.settings.durations import parse_duration
from data_sync.settings.load import ROOT
from data_sync.settings.update_type import UpdateType

SETTINGS = load_settings()

# Table, source table, keys and stamp as JD Edwards documents them, apart from the YAML.
PROMISED = {
    "WorkOrder": ("F4801", {"DOCO"}, ("UPMJ", "TDAY")),
    "WorkOrderPartsList": ("F3111", {"UKID"}, ("UPMJ", "TDAY")),
    "WorkOrderRouting": ("F3112", {"DOCO", "OPSQ", "OPSC", "MCU"}, ("UPMJ", "TDAY")),
    "LotUsage": ("F4111", {"UKID"}, ("CRDJ", "TDAY")),
    "Lot": ("F4108", {"LOTN", "ITM", "MCU"}, ("UPMJ", "TDAY")),
    "Item": ("F4101", {"ITM"}, ("UPMJ", "TDAY")),
    "ItemBranch": ("F4102", {"MCU", "ITM"}, ("UPMJ", "TDAY")),
    "WorkCenter": ("F30006", {"MMCU", "MCU"}, ("UPMJ", "TDAY")),
    "RouteMaster": (
        "F3003",
        {"MMCU", "KIT", "TRT", "BQTY", "OPSQ", "OPSC", "LINE", "EFFF"},
        ("UPMJ", "TDAY"),
    ),
    "BusinessUnit": ("F0006", {"MCU"}, ("UPMJ", "UPMT")),
    "AddressBook": ("F0101", {"AN8"}, ("UPMJ", "UPMT")),
    "UserDefinedCode": ("F0005", {"SY", "RT", "KY"}, ("UPMJ", "UPMT")),
}

every_source = pytest.mark.parametrize("table", [*PROMISED, "MisData"])


def test_there_are_thirteen_and_nothing_is_wrong_with_them():
    assert SETTINGS.problems == ()
    assert set(SETTINGS.sources) == {*PROMISED, "MisData"}


@pytest.mark.parametrize("table", PROMISED)
def test_a_jde_table_has_the_keys_and_the_stamp_that_jde_gives_it(table):
    source = SETTINGS.sources[table]
    fetcher = make_fetcher(source, SETTINGS.options.source_systems[source.source_system], SETTINGS.include)
    columns = columns_of(fetcher)
    name, keys, stamp = PROMISED[table]
    assert source.fetch["table"] == name
    assert {columns[key].source[0] for key in source.keys} == keys
    assert tuple(source.fetch["cursor"]) == stamp
    assert columns[source.last_update_column].source == stamp


@every_source
def test_each_needs_no_target_table_made_by_hand(table):
    assert SETTINGS.sources[table].create_table


@every_source
def test_each_says_in_a_paragraph_what_it_holds(table):
    description = SETTINGS.sources[table].description
    assert len(description) > 120
    assert "\n" not in description.strip()


@every_source
def test_every_column_says_what_it_means(table):
    source = SETTINGS.sources[table]
    system = SETTINGS.options.source_systems[source.source_system]
    columns = columns_of(make_fetcher(source, system, SETTINGS.include))
    assert [name for name, spec in columns.items() if not spec.meaning] == []


@every_source
def test_every_text_has_a_length_so_that_buffers_stay_small(table):
    source = SETTINGS.sources[table]
    system = SETTINGS.options.source_systems[source.source_system]
    columns = columns_of(make_fetcher(source, system, SETTINGS.include))
    assert [name for name, spec in columns.items() if spec.type == "text" and not spec.length] == []


@every_source
def test_each_is_read_whole_now_and_then_and_what_changed_in_between(table):
    source = SETTINGS.sources[table]
    intervals = [source.schedule(kind).interval for kind in UpdateType if source.schedule(kind)]
    assert source.schedule(UpdateType.MASS).prepurge_data
    assert len(intervals) >= 2
    assert intervals == sorted(intervals, reverse=True)


@pytest.mark.parametrize("table", ["UserDefinedCode", "BusinessUnit", "WorkCenter"])
def test_a_table_without_a_trustworthy_stamp_says_so_and_leans_on_mass(table):
    source = SETTINGS.sources[table]
    assert "no Hourly" in source.description
    assert source.hourly is None
    assert source.mass.interval < SETTINGS.sources["WorkOrder"].mass.interval


def test_the_ledger_says_that_corrections_wait_for_mass():
    assert "no stamp of its last change" in SETTINGS.sources["LotUsage"].description


def test_the_documentation_lists_each_with_its_schedules():
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \| [^|]+ \| (\w+|–) \| (\w+|–) \| (\w+|–) \|$", page, re.MULTILINE
    )
    documented = {
        table: (name, *(None if text == "–" else parse_duration(text) for text in intervals))
        for table, name, *intervals in rows
    }
    configured = {
        table: (
            source.fetch["table"],
            *(config.interval if (config := source.schedule(kind)) else None for kind in UpdateType),
        )
        for table, source in SETTINGS.sources.items()
    }
    assert documented == configured
