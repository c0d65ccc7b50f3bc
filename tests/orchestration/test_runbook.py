"""Each DAG's documentation answers what the engineer on call asks."""

from __future__ import annotations

import pytest

from data_sync.orchestration.runbook import runbook
from data_sync.settings.models import DataSource, DataSyncOptions

QUESTIONS = [
    "What is this table?",
    "It is red. What do I do?",
    "Is it safe to clear?",
    "How do I re-sync a day?",
    "How do I force a Mass, or another update?",
]


def text(**changes):
    source = {
        "table_name": "Item",
        "source_system": "ERP",
        "fetcher": "sample",
        "keys": ["Id"],
        "owner": "planning",
        "description": "Parts, with {braces} and 100 %.",
        "mass": {"interval": "7d"},
        "hourly": {"interval": "1h"},
    }
    options = DataSyncOptions(leftovers_retention_days=3)
    return runbook(DataSource.model_validate(source | changes), options, "sync_Item")


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_answers(question):
    assert f"#### {question}" in text()


def test_it_says_what_is_configured():
    found = text(target_schema="plan")
    for needed in (
        "Parts, with {braces} and 100 %.", "`plan.Item`", "**ERP**", "**planning**", "`sample`", "3 days",
        "--dag-id sync_Item", "`mass`, `hourly`. `auto`", "plan Item",
    ):  # fmt: skip
        assert needed in found
    assert "`daily`" not in found


@pytest.mark.parametrize(("load", "warns"), [("swap", False), ("truncate", True)])
def test_it_warns_where_a_red_mass_leaves_the_table_incomplete(load, warns):
    found = text(mass={"interval": "7d", "prepurge_data": True, "load": load})
    assert ("incomplete" in found) is warns
