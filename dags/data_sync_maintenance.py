"""The Airflow DAG that tidies up after interrupted updates; nothing else happens here."""

from __future__ import annotations

from data_sync.orchestration.maintenance_dag import build_maintenance_dag

maintenance_dag = build_maintenance_dag()
