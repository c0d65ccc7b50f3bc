"""JSON Schemas of the YAML files, for editors that complete and check while one types."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

from data_sync.settings import models
from data_sync.settings.models import DataSource, DataSyncOptions

if TYPE_CHECKING:
    from pydantic import BaseModel

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Return the schemas' file names and texts."""
    return {
        "data_sync.schema.json": _render(options_schema()),
        "data_sources.schema.json": _render(data_sources_schema()),
    }


def options_schema() -> dict[str, Any]:
    """Return the schema of ``data_sync.yaml``."""
    return {"$schema": _DIALECT, **_described(DataSyncOptions.model_json_schema())}


def data_sources_schema() -> dict[str, Any]:
    """Return the schema of a file of data sources.

    Only ``table_name`` is required of an entry, because the file's defaults may supply anything else;
    loading checks the two together.
    """
    entry = _described(DataSource.model_json_schema())
    definitions = entry.pop("$defs")
    for definition in definitions.values():
        definition.pop("required", None)
    defaults = {**entry, "properties": dict(entry["properties"])}
    defaults["properties"].pop("table_name")
    defaults.pop("required")
    defaults["description"] = "Settings that every data source of this file starts from."
    entry["required"] = ["table_name"]
    return {
        "$schema": _DIALECT,
        "title": "Data sources",
        "type": "object",
        "additionalProperties": False,
        "required": ["data_sources"],
        "properties": {
            "defaults": {"anyOf": [{"$ref": "#/$defs/Defaults"}, {"type": "null"}]},
            "data_sources": {"type": "array", "items": {"$ref": "#/$defs/DataSource"}},
        },
        "$defs": {**definitions, "DataSource": entry, "Defaults": defaults},
    }


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with each property's description taken from its model's docstring."""
    for part in [schema, *schema.get("$defs", {}).values()]:
        model = getattr(models, part["title"])
        summary, fields = _documentation(model)
        part["description"] = summary
        for name, property_schema in part["properties"].items():
            property_schema.pop("title", None)
            property_schema["description"] = fields[name]
    return schema


def _documentation(model: type[BaseModel]) -> tuple[str, dict[str, str]]:
    """Return the first sentence and the ``:ivar name:`` descriptions of a model's docstring."""
    summary, *fields = re.split(r"^:ivar (\w+):", inspect.cleandoc(model.__doc__ or ""), flags=re.MULTILINE)
    tidy = [" ".join(text.replace("``", "").split()) for text in (summary, *fields)]
    sentences = [text[:1].upper() + text[1:].rstrip(".") + "." for text in tidy[2::2]]
    return tidy[0], dict(zip(tidy[1::2], sentences, strict=True))


def _render(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2) + "\n"
