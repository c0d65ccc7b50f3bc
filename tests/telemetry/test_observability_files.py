"""The shipped dashboard and alert rules ask for nothing but what is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "include" / "observability"
SENT = {
    "sync_operations_started_total",
    "sync_operations_completed_total",
    "sync_operations_failed_total",
    *(f"sync_duration_seconds_{part}" for part in ("bucket", "sum", "count")),
    *(f"sync_records_processed_{part}" for part in ("bucket", "sum", "count")),
}


def expressions():
    rules = yaml.safe_load((FOLDER / "prometheus-rules.yaml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        yield from ((rule["alert"], rule["expr"]) for rule in group["rules"])
    dashboard = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])


@pytest.mark.parametrize(("name", "expression"), list(expressions()), ids=lambda value: value[:30])
def test_only_metrics_that_are_sent_are_asked_for(name, expression):
    asked = set(re.findall(r"\bsync_\w+", expression))
    assert asked
    assert asked <= SENT


def test_every_counter_is_on_the_dashboard():
    asked = {name for _, expression in expressions() for name in re.findall(r"\bsync_\w+", expression)}
    assert {name for name in SENT if name.endswith("_total")} <= asked
