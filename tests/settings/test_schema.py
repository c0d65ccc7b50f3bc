from __future__ import annotations

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from data_sync.settings.load import ROOT
from data_sync.settings.schema import data_sources_schema, options_schema, schemas

INCLUDE = ROOT / "include"
SHIPPED = sorted((INCLUDE / "data_sources").glob("*.yaml"))

ENTRY = {"table_name": "Item", "keys": ["Id"], "hourly": {"interval": "1h"}}


def complaints(schema, data):
    return [error.message for error in Draft202012Validator(schema).iter_errors(data)]


@pytest.mark.parametrize("name", ["data_sync.schema.json", "data_sources.schema.json"])
def test_the_committed_schema_is_current(name):
    committed = (INCLUDE / "schema" / name).read_text(encoding="utf-8")
    assert committed == schemas()[name], "run: python -m data_sync schema"


@pytest.mark.parametrize("schema", [options_schema(), data_sources_schema()])
def test_it_is_a_valid_schema_whose_fields_are_all_described(schema):
    Draft202012Validator.check_schema(schema)
    for part in schema["$defs"].values():
        assert all(field["description"] for field in part["properties"].values())


def test_the_shipped_options_satisfy_it():
    data = yaml.safe_load((INCLUDE / "data_sync.yaml").read_text(encoding="utf-8"))
    assert complaints(json.loads(schemas()["data_sync.schema.json"]), data) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_shipped_data_sources_satisfy_it_and_name_it_for_editors(path):
    text = path.read_text(encoding="utf-8")
    assert complaints(data_sources_schema(), yaml.safe_load(text)) == []
    assert text.startswith("# yaml-language-server: $schema=../schema/data_sources.schema.json\n")


def test_defaults_may_supply_what_an_entry_lacks():
    file = {"defaults": {"hourly": {"interval": "1h"}}, "data_sources": [{"table_name": "Item"}]}
    assert complaints(data_sources_schema(), file) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"keys": ["Id"]},
        ENTRY | {"fetchr": "sql"},
        ENTRY | {"keys": []},
        ENTRY | {"table_name": "a]b"},
        ENTRY | {"table_name": "dbo.Item"},
        ENTRY | {"hourly": {"interval": "-5m"}},
        ENTRY | {"hourly": {"interval": ""}},
        ENTRY | {"hourly": {"interval": "1h", "prepurge_data": True}},
        ENTRY | {"mass": {"interval": "7d", "load": "swop"}},
    ],
)
def test_mistakes_are_found_while_one_types(entry):
    assert complaints(data_sources_schema(), {"data_sources": [ENTRY]}) == []
    assert complaints(data_sources_schema(), {"data_sources": [entry]})
