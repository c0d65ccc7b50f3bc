"""The steps of whole syncs, as the tasks of a DAG run them, on every warehouse."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from itertools import count

import pytest

from data_sync.errors import CountMismatch, SuspiciousLoad
from data_sync.fetchers.base import Window
from data_sync.fetchers.registry import make_fetcher
from data_sync.loading.steps import TableSync
from data_sync.settings.load import Settings
from data_sync.settings.models import DataSource, DataSyncOptions, SourceSystem
from data_sync.settings.update_type import UpdateType
from data_sync.updates.log import DataUpdateLog, Outcome
from data_sync.updates.task import DataUpdateTask, operation_id
from data_sync.warehouse.interface import Batch, Counts

NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
ROWS = 1000
RUNS = count()


class Sync:
    """One table of computed rows, and what its tasks do with it."""

    def __init__(self, lab, folder, **changes):
        values = {
            "table_name": f"Sample{next(RUNS)}", "source_system": "Sample", "fetcher": "sample",
            "fetch": {"rows": ROWS, "changes_per_hour": 40}, "keys": ("Id",), "create_table": True,
            "last_update_column": "LastUpdateDT",
            "mass": {"interval": "1d", "prepurge_data": True}, "hourly": {"interval": "1h"},
        }  # fmt: skip
        self.source = DataSource.model_validate(values | changes)
        options = DataSyncOptions(
            batch_size=600,
            warehouse=lab.options,
            spool=str(folder / "spool"),
            source_systems={"Sample": SourceSystem(pool="sample")},
        )
        self.settings = Settings(options, {self.source.table_name: self.source}, (), folder)
        self.steps = TableSync(self.settings, self.source)
        self.log = DataUpdateLog.from_options(options)
        self.lab = lab

    def task(self, update_type, since, until):
        return DataUpdateTask(
            self.source.table_name,
            "Sample",
            update_type,
            since,
            until,
            until,
            operation_id("dag", str(next(RUNS))),
        )

    def expected(self, until):
        system = self.settings.options.source_systems["Sample"]
        frames = make_fetcher(self.source, system, self.settings.include).fetch(Window(None, until))
        return [row for batch in frames for row in batch.to_pylist()]

    def run(self, task):
        """Open the update, fetch, load, post-process and close it; return its counts."""
        row = self.log.start_update(task, "dag", "run", "scheduled", 1)
        fetched = self.steps.fetch(task, 1)
        if task.update_type is UpdateType.HOURLY:
            staged = [self.steps.stage(task, batch, 1, dedupe=True) for batch in fetched.batches]
            counts = self.steps.merge(staged)
        elif self.source.mass.load == "truncate":
            token = self.steps.empty(task, fetched.rows, 1)
            for batch in fetched.batches:
                assert self.steps.copy_into(token, batch) == batch.rows
            counts = self.steps.finish_truncate(self.source.mass, fetched.rows)
        else:
            staged = [self.steps.stage(task, batch, 1, dedupe=False) for batch in fetched.batches]
            counts = self.steps.publish(task, staged)
        self.steps.post_process(task)
        assert self.log.complete_update(row, Outcome(True, fetched.rows, counts, fetched.source_read_dt))
        self.steps.clean_up(task)
        return counts


@pytest.fixture
def sync(lab, tmp_path):
    lab.needs("MERGE")
    return Sync(lab, tmp_path)


def mass(sync, until=NOON):
    return sync.run(sync.task(UpdateType.MASS, None, until))


def hourly(sync, until):
    return sync.run(sync.task(UpdateType.HOURLY, until - timedelta(hours=4), until))


def test_a_mass_makes_the_table_and_fills_it(sync, lab):
    counts = mass(sync)
    assert (counts.staged, counts.inserted) == (ROWS, ROWS)
    assert lab.rows(sync.steps.target) == sync.expected(NOON)


def test_an_hourly_brings_what_changed_since(sync, lab):
    mass(sync)
    later = NOON + timedelta(hours=2)
    counts = hourly(sync, later)
    assert counts.updated == 80
    assert counts.staged == counts.updated + counts.unchanged
    assert lab.rows(sync.steps.target) == sync.expected(later)
    assert hourly(sync, later).updated == 0


def test_a_later_mass_writes_only_what_changed(sync, lab):
    mass(sync)
    before, after = sync.expected(NOON), sync.expected(NOON + timedelta(hours=1))
    changed = sum(new != old for new, old in zip(after, before, strict=True))
    assert 0 < changed < ROWS
    assert mass(sync, NOON + timedelta(hours=1)) == Counts(ROWS, 0, changed, ROWS - changed, 0)
    assert lab.rows(sync.steps.target) == after


def test_a_truncating_mass_fills_the_table_anew(lab, tmp_path):
    sync = Sync(lab, tmp_path, mass={"interval": "1d", "prepurge_data": True, "load": "truncate"})
    for until in (NOON, NOON + timedelta(hours=1)):
        assert mass(sync, until).inserted == ROWS
        assert lab.rows(sync.steps.target) == sync.expected(until)


def test_a_truncating_mass_that_lost_a_batch_says_so(lab, tmp_path):
    sync = Sync(lab, tmp_path, mass={"interval": "1d", "prepurge_data": True, "load": "truncate"})
    task = sync.task(UpdateType.MASS, None, NOON)
    fetched = sync.steps.fetch(task, 1)
    token = sync.steps.empty(task, fetched.rows, 1)
    for batch in fetched.batches[1:]:
        sync.steps.copy_into(token, batch)
    with pytest.raises(CountMismatch, match="holds 400 rows after a load of 1,000"):
        sync.steps.finish_truncate(sync.source.mass, fetched.rows)


def test_a_load_that_shrank_is_refused_and_changes_nothing(sync, lab):
    mass(sync)
    task = sync.task(UpdateType.MASS, None, NOON)
    fetched = sync.steps.fetch(task, 1)
    staged = [sync.steps.stage(task, batch, 1, dedupe=False) for batch in fetched.batches[1:]]
    with pytest.raises(SuspiciousLoad, match="holds 1,000 rows and the source returned 400"):
        sync.steps.publish(task, staged)
    assert lab.rows(sync.steps.target) == sync.expected(NOON)


def test_every_step_can_be_run_again(sync, lab):
    task = sync.task(UpdateType.HOURLY, None, NOON)
    fetched = sync.steps.fetch(task, 1)
    for try_number in (1, 2):
        staged = [sync.steps.stage(task, batch, try_number, dedupe=True) for batch in fetched.batches]
    first = sync.steps.merge(staged)
    assert sync.steps.merge(staged) == first
    assert lab.rows(sync.steps.target) == sync.expected(NOON)


def test_a_finished_sync_leaves_nothing_in_the_staging_schema(sync, lab, caplog):
    with caplog.at_level(logging.ERROR):
        mass(sync)
        hourly(sync, NOON + timedelta(hours=1))
    assert lab.warehouse.staging_tables(f"Staging{sync.source.table_name}_") == []
    assert caplog.text == ""


def test_the_log_tells_of_the_latest_updates(sync):
    mass(sync)
    hourly(sync, NOON + timedelta(hours=1))
    found = {update.update_type: update for update in sync.log.get_last_data_updates(sync.source.table_name)}
    assert found[UpdateType.MASS].reference_dt == NOON
    assert found[UpdateType.HOURLY].reference_dt == NOON + timedelta(hours=1)
    assert sync.log.open_updates(sync.source.table_name) == []


def test_an_interrupted_update_is_closed_as_failed(sync):
    sync.log.start_update(sync.task(UpdateType.HOURLY, None, NOON), "dag", "run", "manual", 1)
    closed = sync.log.close_open_updates(lambda update: False, sync.source.table_name)
    assert [update.table_name for update in closed] == [sync.source.table_name]
    assert sync.log.get_last_data_updates(sync.source.table_name) == []


def test_sql_runs_after_the_load_in_the_databases_own_dialect(lab, tmp_path):
    sync = Sync(lab, tmp_path, post_processor="sql", post_process={"file": "after.{dialect}.sql"})
    table = f'"{lab.options.target_schema}"."{sync.source.table_name}"'
    for dialect in ("postgres", "mssql"):
        text = (
            f"""UPDATE {table} SET "Name" = 'seen' WHERE "Id" = 1\nGO\nDELETE FROM {table} WHERE "Id" = 2\n"""
        )
        (tmp_path / f"after.{dialect}.sql").write_text(text, encoding="utf-8")
    mass(sync)
    found = {row["Id"]: row["Name"] for row in lab.rows(sync.steps.target)}
    assert found[1] == "seen"
    assert len(found) == ROWS - 1


def test_an_empty_source_makes_an_empty_table(lab, tmp_path):
    sync = Sync(lab, tmp_path, fetch={"rows": 0})
    assert isinstance(sync.steps.fetch(sync.task(UpdateType.MASS, None, NOON), 1).batches[0], Batch)
    assert mass(sync).inserted == 0
    assert lab.rows(sync.steps.target) == []
