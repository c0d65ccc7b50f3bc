"""Reads the health of all tables: configuration, Airflow's runs and the DataUpdate log, in this order.

Runs on a thread of the API server, which may read Airflow's metadata and finds the warehouse's connection
where Airflow keeps it: in the environment, a secrets backend or the metadata database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from data_sync.health.judge import Health, RunFacts, judge
from data_sync.loading.history import broken_baselines
from data_sync.orchestration.dag_id import dag_id_of
from data_sync.updates.log_history import LoggedUpdate, TableLog, read_recent, read_table_logs
from data_sync.updates.migrations.install import install

if TYPE_CHECKING:
    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource
    from data_sync.warehouse.interface import Warehouse

JUST_STARTED = timedelta(minutes=1)
"""Rows younger than this may belong to a run that began after Airflow's runs were read."""


@dataclass(frozen=True)
class Snapshot:
    """Everything that was read at one instant.

    :param health: the health of every table
    :param sources: the configured tables by name
    :param facts: what Airflow knows of each table's DAG
    """

    health: Health
    sources: Mapping[str, DataSource]
    facts: Mapping[str, RunFacts]

    @property
    def dag_ids(self) -> dict[str, str]:
        """The id of each table's DAG, by table name."""
        return {name: dag_id_of(name) for name in self.sources}


class HealthReader:
    """Reads health and history, with the configuration as it is on disk now.

    :param statement_limit: how long one statement in the warehouse may take
    """

    def __init__(self, statement_limit: timedelta) -> None:
        self._statement_limit = statement_limit
        self._lock = Lock()
        self._signature: object = None
        self._settings: Settings | None = None

    def snapshot(self) -> Snapshot:
        """Return the health of every table now.

        :raises DataSyncError: configuration or warehouse cannot be read
        """
        settings, warehouse = self._load()
        asked = datetime.now(timezone.utc)
        dags = {name: dag_id_of(name) for name in settings.sources}
        paused, active = airflow_runs(dags.values())
        logs = read_table_logs(warehouse, list(settings.sources))
        facts = {name: run_facts(dag, logs[name], paused, active, asked) for name, dag in dags.items()}
        now, check = datetime.now(timezone.utc), settings.options.check_interval
        synced = [source for name, source in settings.sources.items() if logs[name].last]
        health = judge(
            settings.sources,
            logs,
            now,
            check,
            problems=[problem.text for problem in settings.problems],
            facts=facts,
            broken=broken_baselines(warehouse, settings, synced),
        )
        return Snapshot(health, settings.sources, facts)

    def history(self, table_names: list[str], updates: int) -> dict[str, list[LoggedUpdate]]:
        """Return the latest updates of some tables, newest first; unknown tables are left out."""
        settings, warehouse = self._load()
        known = [name for name in table_names if name in settings.sources]
        return read_recent(warehouse, known, updates)

    def _load(self) -> tuple[Settings, Warehouse]:
        """Return the configuration, read again when a file of it has changed, and the warehouse."""
        from data_sync.project import load_settings
        from data_sync.settings.load import locations
        from data_sync.warehouse import open_warehouse

        with self._lock:
            signature = _signature(*locations())
            changed = self._settings is None or signature != self._signature
            settings = load_settings() if changed or self._settings is None else self._settings
            limits = {"statement_timeout": self._statement_limit, "lock_timeout": self._statement_limit}
            options = settings.options.warehouse.model_copy(update=limits)
            # Opened anew each time, because the connection may be edited in Airflow while this runs.
            warehouse = open_warehouse(options, settings.options.bulk_copy_batch_size)
            if changed:
                install(warehouse)
            self._settings, self._signature = settings, signature
            return settings, warehouse


def run_facts(
    dag_id: str,
    log: TableLog,
    paused: Mapping[str, bool],
    active: Mapping[str, set[str]],
    asked: datetime,
) -> RunFacts:
    """Return what Airflow knows of one table's DAG.

    :param paused: whether each known DAG is paused
    :param active: the queued and running runs of each DAG
    :param asked: when Airflow was asked
    """
    runs = active.get(dag_id, set())
    running = log.running
    live = None
    if running is not None and running.dag_id == dag_id:
        live = running.run_id in runs or running.start_dt > asked - JUST_STARTED
    return RunFacts(paused.get(dag_id), bool(runs), live)


def airflow_runs(dag_ids: Iterable[str]) -> tuple[dict[str, bool], dict[str, set[str]]]:
    """Return from Airflow's metadata which DAGs are paused, and the runs of each that are not over."""
    from airflow.models.dag import DagModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from sqlalchemy import select

    wanted = set(dag_ids)
    active: dict[str, set[str]] = {}
    with create_session() as session:
        states = session.execute(select(DagModel.dag_id, DagModel.is_paused)).all()
        unfinished = select(DagRun.dag_id, DagRun.run_id).where(
            DagRun.state.in_([DagRunState.QUEUED, DagRunState.RUNNING])
        )
        for dag_id, run_id in session.execute(unfinished):
            if dag_id in wanted:
                active.setdefault(dag_id, set()).add(run_id)
    return {dag_id: bool(paused) for dag_id, paused in states if dag_id in wanted}, active


def _signature(options_file: Path, folder: Path) -> object:
    """Return a value that changes when a file of the configuration does."""
    files = [options_file, *(sorted(folder.iterdir()) if folder.is_dir() else ())]
    return [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.exists()]
