"""The steps of whole syncs, as the tasks of a DAG run them, on every warehouse."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from itertools import count

import pytest

from data_sync.errors import BaselineBroken, CountMismatch, PermanentError, SuspiciousLoad
from data_sync.fetchers.base import Window
from data_sync.fetchers.registry import make_fetcher
from data_sync.loading.spool import Batch
from data_sync.loading.steps import TableSync
from data_sync.settings.load import Settings
from data_sync.settings.load_method import LoadMethod
from data_sync.settings.models import DataSource, DataSyncOptions, SourceSystem
from data_sync.settings.update_type import UpdateType
from data_sync.updates.log import DataUpdateLog, Outcome
from data_sync.updates.task import DataUpdateTask, new_operation_id
from data_sync.warehouse.interface import Counts

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
            new_operation_id(),
        )

    def expected(self, until):
        system = self.settings.options.source_systems["Sample"]
        frames = make_fetcher(self.source, system, self.settings.include).fetch(Window(None, until))
        return [row for batch in frames for row in batch.to_pylist()]

    def load(self, task, fetched):
        """Bring in what was fetched, by the method of the update's type."""
        batches = [batch for one in fetched for batch in one.batches]
        method = self.source.load_method(task.update_type)
        if method is LoadMethod.TRUNCATE:
            self.steps.empty(task, fetched)
            for batch in batches:
                assert self.steps.copy_into(task, fetched, batch) == batch.rows
            return self.steps.finish_truncate(task, fetched)
        staged = [self.steps.stage(task, batch, 1) for batch in batches]
        step = self.steps.publish if method is LoadMethod.SWAP else self.steps.merge
        return step(task, fetched, staged)

    def run(self, task):
        """Open the update, fetch, load, post-process and close it; return its counts."""
        row = self.log.start_update(task, "dag", "run", "scheduled", 1)
        fetched = [self.steps.fetch(task)]
        counts = self.load(task, fetched)
        self.steps.post_process(task)
        outcome = Outcome(True, fetched[0].rows, counts, fetched[0].source_read_dt)
        assert self.log.complete_update(row, outcome)
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
    fetched = [sync.steps.fetch(task)]
    sync.steps.empty(task, fetched)
    for batch in fetched[0].batches[1:]:
        sync.steps.copy_into(task, fetched, batch)
    with pytest.raises(CountMismatch, match="400 of the load's 1,000 rows have been copied"):
        sync.steps.finish_truncate(task, fetched)


def test_a_load_that_shrank_is_refused_and_changes_nothing(sync, lab):
    mass(sync)
    small = Sync(lab, sync.settings.include, table_name=sync.source.table_name, fetch={"rows": 400})
    with pytest.raises(SuspiciousLoad, match="holds 1,000 rows and the source returned 400"):
        mass(small)
    assert lab.rows(sync.steps.target) == sync.expected(NOON)


def test_every_step_can_be_run_again(sync, lab):
    mass(sync, NOON - timedelta(hours=4))
    task = sync.task(UpdateType.HOURLY, NOON - timedelta(hours=8), NOON)
    fetched = [sync.steps.fetch(task)]
    for try_number in (1, 2):
        staged = [sync.steps.stage(task, batch, try_number) for batch in fetched[0].batches]
    first = sync.steps.merge(task, fetched, staged)
    assert sync.steps.merge(task, fetched, staged) == first
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


def test_an_empty_source_makes_an_empty_table_where_that_is_allowed(lab, tmp_path):
    sync = Sync(lab, tmp_path, fetch={"rows": 0}, allow_empty=True)
    assert isinstance(sync.steps.fetch(sync.task(UpdateType.MASS, None, NOON)).batches[0], Batch)
    assert mass(sync).inserted == 0
    assert lab.rows(sync.steps.target) == []


@pytest.mark.parametrize("mass", [{}, {"prepurge_data": True}, {"prepurge_data": True, "load": "truncate"}])
def test_a_first_load_without_any_row_is_refused(lab, tmp_path, mass):
    sync = Sync(lab, tmp_path, fetch={"rows": 0}, mass={"interval": "1d", **mass})
    with pytest.raises(SuspiciousLoad, match=r"returned no row at all.*allow_empty: true"):
        sync.run(sync.task(UpdateType.MASS, None, NOON))
    assert sync.steps.why_broken() == "no full load of the target is recorded"


def test_a_batch_whose_task_was_marked_as_success_by_hand_is_missed(sync, lab):
    mass(sync)
    task = sync.task(UpdateType.MASS, None, NOON + timedelta(hours=1))
    fetched = [sync.steps.fetch(task)]
    staged = [sync.steps.stage(task, batch, 1) for batch in fetched[0].batches[1:]]
    with pytest.raises(PermanentError, match=r"1 of the 2 batches .* are not staged \(batch 0"):
        sync.steps.publish(task, fetched, staged)
    assert sync.steps.loaded(task, fetched) is None
    assert lab.rows(sync.steps.target) == sync.expected(NOON)


def test_what_an_earlier_reading_staged_is_left_out(sync, lab):
    task = sync.task(UpdateType.MASS, None, NOON)
    earlier = sync.steps.fetch(task)
    staged = [sync.steps.stage(task, batch, 1) for batch in earlier.batches]
    later = sync.steps.fetch(task)
    assert later.reading > earlier.reading
    with pytest.raises(PermanentError, match="are not staged"):
        sync.steps.publish(task, [later], staged)
    staged += [sync.steps.stage(task, batch, 2) for batch in later.batches]
    assert sync.steps.publish(task, [later], staged).inserted == ROWS
    assert sync.steps.loaded(task, [earlier]) is None
    assert sync.steps.loaded(task, [later]).inserted == ROWS


def test_a_definition_that_changed_since_the_fetch_is_noticed(sync, tmp_path, lab):
    mass(sync)
    task = sync.task(UpdateType.HOURLY, NOON, NOON + timedelta(hours=1))
    fetched = [sync.steps.fetch(task)]
    changed = Sync(
        lab,
        tmp_path,
        table_name=sync.source.table_name,
        fetch={"rows": ROWS, "changes_per_hour": 40, "seed": 7},
    )
    assert changed.steps.why_broken() == "seed changed from '0' to '7' since the last full load"
    staged = [changed.steps.stage(task, batch, 1) for batch in fetched[0].batches]
    with pytest.raises(PermanentError, match="its configuration has changed since the source was read"):
        changed.steps.merge(task, fetched, staged)


def test_changes_for_a_table_that_was_dropped_are_refused(sync, lab):
    mass(sync)
    table = sync.steps.target.table
    lab.execute(f'DROP TABLE "{table.schema}"."{table.name}"')
    assert sync.steps.why_broken() == "the target table does not exist"
    with pytest.raises(BaselineBroken, match="created anew since the last update"):
        hourly(sync, NOON + timedelta(hours=1))
    assert lab.rows(sync.steps.target) == []
    mass(sync, NOON + timedelta(hours=1))
    assert sync.steps.why_broken() is None
