"""One Airflow DAG per enabled data source under include/data_sources/; nothing else happens here."""

from __future__ import annotations

from airflow.sdk import get_parsing_context

from data_sync.orchestration.dag_id import dag_id_of
from data_sync.orchestration.table_dag import build_dag
from data_sync.project import settings

_wanted = get_parsing_context().dag_id  # a task's process needs its own DAG only

for _source in settings().sources.values():
    _dag_id = dag_id_of(_source.table_name)
    if _source.is_enabled and _wanted in (None, _dag_id):
        globals()[_dag_id] = build_dag(_source, settings())
