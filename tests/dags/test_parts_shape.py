"""What the DAG of a source that is read in parts is made of."""

from __future__ import annotations

import pytest

FETCH = "{table: MISDATA, columns: {Id: ID integer}, partition_by: ID, partitions: 8}"


def divided(project, mass):
    return project.dag("Item", source_system="CMS", fetcher="cms", fetch=FETCH, mass=mass)


@pytest.mark.parametrize(
    ("mass", "staging", "last"),
    [("{interval: 7d, prepurge_data: true}", "bulk_copy", "publish"), ("{interval: 7d}", "stage", "merge")],
)
def test_a_mapped_group_reads_and_stages_each_part(project, mass, staging, last):
    dag = divided(project, mass)
    following = {
        name: dag.task_dict[name].downstream_task_ids
        for name in ("mass.plan_parts", "mass.parts.fetch", f"mass.parts.{staging}", f"mass.{last}")
    }
    assert following == {
        "mass.plan_parts": {"mass.parts.fetch"},
        "mass.parts.fetch": {f"mass.parts.{staging}"},
        f"mass.parts.{staging}": {f"mass.{last}"},
        f"mass.{last}": {"mass.close_update"},
    }


def test_reading_parts_takes_slots_of_the_source_and_staging_them_of_the_warehouse(project):
    dag = divided(project, "{interval: 7d}")
    expected = {"mass.plan_parts": "cms_pool", "mass.parts.fetch": "cms_pool", "mass.parts.stage": "house"}
    assert {name: dag.task_dict[name].pool for name in expected} == expected


def test_only_full_loads_are_divided(project):
    dag = divided(project, "{interval: 7d}")
    assert not [name for name in dag.task_dict if name.startswith("hourly.") and ".parts." in name]


def test_the_dag_is_the_same_at_every_parse(project):
    from airflow.serialization.serialized_objects import DagSerialization

    from data_sync.orchestration.table_dag import build_dag
    from data_sync.project import settings as project_settings

    first = DagSerialization.to_dict(divided(project, "{interval: 7d}"))
    project_settings.cache_clear()
    again = project_settings()
    assert DagSerialization.to_dict(build_dag(again.sources["Item"], again)) == first
