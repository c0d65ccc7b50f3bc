"""What a message depends on; tests/scheduler shows who is told of what."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from data_sync.orchestration import alerts

OPENED = datetime(2026, 3, 1, 9, 30, 20, tzinfo=timezone.utc)


def run_that_ended(instant):
    return {"run_id": "scheduled__2026-03-01", "dag_run": SimpleNamespace(end_date=instant)}


@pytest.fixture
def incident(monkeypatch):
    monkeypatch.setenv(f"AIRFLOW_VAR_{alerts.PREFIX.upper()}ORDERS", OPENED.isoformat())
    told = []
    monkeypatch.setattr(alerts, "_send", lambda subject, message, context: told.append(subject))
    monkeypatch.setattr("airflow.sdk.Variable.delete", lambda name: told.append(f"{name} is deleted"))
    return told


def test_a_success_from_before_the_incident_that_is_called_late_does_not_end_it(incident, caplog):
    with caplog.at_level(logging.INFO):
        alerts.run_succeeded("Orders", run_that_ended(OPENED - timedelta(seconds=1)))
    assert incident == []
    assert "Orders succeeded at 2026-03-01 09:30 UTC, before its incident" in caplog.text


@pytest.mark.parametrize("ended", [OPENED + timedelta(seconds=1), None])
def test_a_later_success_ends_the_incident(incident, ended, monkeypatch):
    monkeypatch.setattr(alerts, "has_caught_up", lambda table, since: (table, since) == ("Orders", OPENED))
    alerts.run_succeeded("Orders", run_that_ended(ended))
    assert incident == ["data_sync_incident_Orders is deleted", "DataSync: Orders works again"]


def test_a_run_that_left_nothing_to_build_on_does_not_end_the_incident(incident, monkeypatch):
    monkeypatch.setattr(alerts, "has_caught_up", lambda table, since: False)
    alerts.run_succeeded("Orders", run_that_ended(OPENED + timedelta(seconds=1)))
    assert incident == []
