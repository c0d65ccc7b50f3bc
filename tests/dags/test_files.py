"""The files in dags/ as Airflow imports them: what they show, and that one mistake costs one table."""

from __future__ import annotations

import pytest

from data_sync.orchestration.dag_id import dag_id_of
from data_sync.project import settings as project_settings
from data_sync.settings.load import ROOT


def test_the_shipped_configuration_imports_clean(shipped):
    assert shipped.import_errors == {}
    assert shipped.captured_warnings == {}
    assert set(shipped.dags) >= {"sync_WorkOrder", "sync_Item", "sync_LotUsage", "sync_MisData"}
    assert set(shipped.dags) == {"data_sync_maintenance", *map(dag_id_of, project_settings().sources)}


def test_every_shipped_dag_is_documented_tagged_owned_and_retried(shipped):
    for dag in shipped.dags.values():
        assert len(dag.doc_md) > 500, dag.dag_id
        assert dag.description, dag.dag_id
        assert "data-sync" in dag.tags, dag.dag_id
        assert dag.max_active_runs == 1, dag.dag_id
        for task in dag.tasks:
            assert task.owner != "airflow", task
            assert task.retries > 0, task


def test_a_source_has_a_dag_when_it_is_enabled(project):
    project.source("Item")
    project.source("Lot", is_enabled="false")
    bag = project.bag()
    assert set(bag.dags) == {"sync_Item", "data_sync_maintenance"}
    assert bag.import_errors == {}


def test_a_broken_file_leaves_the_other_tables_dags_and_shows_as_an_import_error(project):
    project.source("Item")
    project.write("broken.yaml", "data_sources: ]")
    project.source("Lot", hourly="{interval: -1h}")
    project.source("Order", fetcher="no.such.Fetcher")
    bag = project.bag()
    assert set(bag.dags) == {"sync_Item", "data_sync_maintenance"}
    ((file, error),) = bag.import_errors.items()
    assert file == "data_sync_configuration.py"
    for told in (
        "broken.yaml:1: is not valid YAML",
        "Lot, hourly.interval: '-1h' is not a duration; write a positive one such as 15m, 1h or 1d",
        "Order: fetcher: 'no.such.Fetcher' cannot be imported",
    ):
        assert told in error


def test_without_valid_options_every_file_says_why(project):
    project.source("Item")
    project.options("batch_sise: 5\n")
    bag = project.bag()
    assert bag.dags == {}
    assert set(bag.import_errors) == {
        "data_sync.py", "data_sync_configuration.py", "data_sync_maintenance.py",
        "data_sync_watch.py",
    }  # fmt: skip
    for error in bag.import_errors.values():
        assert "batch_sise: unknown field; did you mean 'batch_size'?" in error


def test_a_tasks_process_builds_its_own_dag_only(project, monkeypatch):
    project.source("Item")
    project.source("Lot")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "sync_Lot")
    assert "sync_Item" not in project.bag().dags
    assert "sync_Lot" in project.bag().dags
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "data_sync_maintenance")
    assert set(project.bag().dags) == {"data_sync_maintenance"}


@pytest.mark.parametrize("table", ["Work Order", "Größe", "a,b;c", "100%", "$Lot#2", "表"])
def test_a_table_may_be_called_what_the_database_allows(project, table):
    project.source(table)
    bag = project.bag()
    assert bag.import_errors == {}
    (dag,) = [dag for name, dag in bag.dags.items() if name.startswith("sync_")]
    assert dag.dag_id.isascii()
    for task in dag.tasks:
        if "table_name" in getattr(task, "op_kwargs", {}):
            assert task.op_kwargs["table_name"] == table


def test_tables_whose_names_differ_in_odd_characters_alone_have_dags_of_their_own(project):
    names = ["Work Order", "Work_Order", "Work-Order", "Work,Order", "Work;Order"]
    for name in names:
        project.source(name)
    assert len(set(map(dag_id_of, names))) == len(project.bag().dags) - 1 == len(names)


def test_the_longest_table_name_gives_a_dag_id_that_airflow_takes(project):
    project.source("Ü" * 100)
    assert project.bag().import_errors == {}


@pytest.mark.parametrize(
    "name", ["data_sync", "data_sync_configuration", "data_sync_maintenance", "data_sync_watch"]
)
def test_a_dag_file_does_nothing_but_import_and_build(name):
    """What Airflow's safe mode looks for is in each file, or Airflow would pass it by."""
    text = (ROOT / "dags" / f"{name}.py").read_text(encoding="utf-8").lower()
    assert "dag" in text
    assert "airflow" in text
    assert len(text.splitlines()) < 40


def test_who_names_a_notifier_is_watched_for_from_the_start(project):
    project.source("Item")
    assert "data_sync_watch" not in project.bag().dags
    project.options("alerts: {notifiers: [{notifier: airflow.sdk.BaseNotifier}]}\n")
    bag = project.bag()
    assert bag.import_errors == {}
    assert bag.dags["data_sync_watch"].is_paused_upon_creation is False
