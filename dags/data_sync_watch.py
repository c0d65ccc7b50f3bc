"""The Airflow DAG that tells of silent tables, where somebody is to be told; nothing else happens here."""

from __future__ import annotations

from data_sync.orchestration.watch_dag import build_watch_dag
from data_sync.project import settings

if settings().options.alerts.notifiers:
    watch_dag = build_watch_dag()
