"""The Airflow DAG that tells of silent tables, where somebody is to be told; nothing else happens here."""

from __future__ import annotations

from data_sync.tasks import settings
from data_sync.watch_dag import build_watch_dag

if settings().options.alerts.notifiers:
    watch_dag = build_watch_dag()
