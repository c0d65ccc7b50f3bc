from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from data_sync.settings.load_method import LoadMethod
from data_sync.settings.models import DataSource, DataSyncOptions, SourceSystem, WarehouseOptions
from data_sync.settings.update_type import UpdateType

ENTRY = {
    "table_name": "WorkOrder",
    "source_system": "JDE",
    "fetcher": "jde",
    "keys": ["OrderNumber"],
    "daily": {"interval": "1d"},
}


def errors(model, values):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(values)
    return [(".".join(map(str, error["loc"])), error["msg"]) for error in caught.value.errors()]


def only_error(model, values):
    (error,) = errors(model, values)
    return error


def test_the_options_default_to_those_of_the_original_service():
    options = DataSyncOptions()
    assert (options.batch_size, options.lookback_multiplier) == (1_000_000, 3)
    assert options.check_interval == timedelta(minutes=15)


def test_options_survive_a_round_trip_through_json():
    options = DataSyncOptions(check_interval="1h30m", source_systems={"JDE": SourceSystem(pool="jde")})
    assert DataSyncOptions.model_validate_json(options.model_dump_json()) == options


@pytest.mark.parametrize("field", ["table_name", "target_schema", "last_update_column"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        " Order",
        "Order ",
        "a]b",
        "[a",
        'a"b',
        "a'b",
        "a`b",
        "a\nb",
        "a\0b",
        "a\u200bb",
        "x" * 129,
        5,
        None,
    ],
)
def test_identifiers_are_checked(field, value):
    if value is None and field != "table_name":
        return
    where, message = only_error(DataSource, ENTRY | {field: value})
    assert where == field
    assert repr(value) in message


@pytest.mark.parametrize("name", ["x" * 101, "dbo.WorkOrder", "a/b", "a\\b", "..", "."])
def test_a_table_name_is_short_and_bare(name):
    where, message = only_error(DataSource, ENTRY | {"table_name": name})
    assert where == "table_name"
    assert "at most 100" in message or "its schema in target_schema" in message


@pytest.mark.parametrize("name", ["x" * 100, "Work Order", "Auftrag_Ü", "订单", "a-b$#@"])
def test_unusual_names_are_fine(name):
    assert DataSource.model_validate(ENTRY | {"table_name": name}).table_name == name


def test_keys_are_needed_and_differ_regardless_of_case():
    assert only_error(DataSource, ENTRY | {"keys": []})[0] == "keys"
    where, message = only_error(DataSource, ENTRY | {"keys": ["Doco", "DOCO"]})
    assert (where, message) == ("keys", "Value error, 'DOCO' is named twice; write each key column once")
    assert only_error(DataSource, ENTRY | {"keys": ["a", "b]"]})[0] == "keys.1"


def test_a_schedule_is_needed():
    where, message = only_error(DataSource, ENTRY | {"daily": None})
    assert where == ""
    assert "write at least one of mass, daily and hourly" in message


def test_a_disabled_schedule_counts_as_configured_but_is_not_offered():
    source = DataSource.model_validate(ENTRY | {"daily": {"interval": "1d", "is_enabled": False}})
    assert source.schedule(UpdateType.DAILY) is None
    assert source.schedule(UpdateType.MASS) is None


@pytest.mark.parametrize("name", ["daily", "hourly"])
@pytest.mark.parametrize(
    "field", [{"prepurge_data": False}, {"load": "swap"}, {"reindex_data": True}, {"minimum_rows_percent": 1}]
)
def test_how_to_load_is_for_mass_only(name, field):
    where, message = only_error(DataSource, ENTRY | {name: {"interval": "1h", **field}})
    assert where == name
    assert f"{next(iter(field))} only apply to a full load; write them under mass" in message


@pytest.mark.parametrize(
    ("mass", "expected"),
    [
        ({}, LoadMethod.MERGE),
        ({"prepurge_data": True}, LoadMethod.SWAP),
        ({"prepurge_data": True, "load": "truncate"}, LoadMethod.TRUNCATE),
    ],
)
def test_how_an_update_is_loaded(mass, expected):
    source = DataSource.model_validate(ENTRY | {"mass": {"interval": "7d", **mass}})
    assert {kind: source.load_method(kind) for kind in UpdateType} == {
        UpdateType.MASS: expected,
        UpdateType.DAILY: LoadMethod.MERGE,
        UpdateType.HOURLY: LoadMethod.MERGE,
    }


@pytest.mark.parametrize("zone", ["America", "Amerika/Denver", "/etc/passwd", "../UTC", "", "MST5"])
def test_time_zones_are_iana_names(zone):
    where, message = only_error(SourceSystem, {"pool": "p", "time_zone": zone})
    assert where == "time_zone"
    assert f"{zone!r} is not a time zone; write its IANA name such as " in message


@pytest.mark.parametrize("uri", ["warehouse", "http://host/db", "mssql://host", "mssql:///db"])
def test_the_warehouse_uri_names_a_database(uri):
    assert only_error(WarehouseOptions, {"uri": uri})[0] == "uri"


def test_credentials_in_the_warehouse_uri_are_refused_and_not_repeated():
    where, message = only_error(WarehouseOptions, {"uri": "mssql://sa:geheim@host:1433/db"})
    assert (where, "geheim" in message) == ("uri", False)


def test_staging_has_a_schema_of_its_own():
    assert "write a schema of its own" in only_error(WarehouseOptions, {"staging_schema": "DBO"})[1]


@pytest.mark.parametrize(
    "values",
    [
        {"batch_size": 0},
        {"max_degree_of_parallelism": 0},
        {"lookback_multiplier": -1},
        {"lookback_multiplier": float("inf")},
        {"lookback_multiplier": float("nan")},
        {"purge_retention_days": 0},
        {"retries": -1},
        {"spool": ""},
    ],
)
def test_numbers_stay_within_their_bounds(values):
    assert only_error(DataSyncOptions, values)[0] == next(iter(values))
