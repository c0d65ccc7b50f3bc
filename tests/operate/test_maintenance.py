"""What maintenance tidies up after interrupted updates, and what it leaves alone."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sync.loading.leftovers import drop_leftovers, rebuild_indexes
from data_sync.settings.update_type import UpdateType
from data_sync.updates import log as data_update
from data_sync.updates.liveness import is_live, warehouse_without_waiting
from data_sync.updates.log import OpenUpdate, Outcome, id_ranges
from data_sync.updates.task import DataUpdateTask, new_operation_id
from data_sync.warehouse.interface import Load, TableName, Target

DAY = timedelta(days=1)


def now():
    return datetime.now(timezone.utc)


def nobody(_):
    return False


def everybody(_):
    return True


class States:
    """An Airflow in which one run has the given state and task states."""

    def __init__(self, run, **tasks):
        self.run = run
        self.tasks = {name.replace("__", "."): state for name, state in tasks.items()}

    def get_dr_count(self, dag_id, *, run_ids, states):
        return int((dag_id, run_ids) == ("sync_Item", ["r1"]) and self.run in states)

    def get_task_states(self, dag_id, *, run_ids):
        return {run_ids[0]: self.tasks}


class TestWhoIsLive:
    update = OpenUpdate(1, "Item", "ERP", "Daily", datetime.now(timezone.utc), "sync_Item", "r1", "a" * 16)

    @pytest.mark.parametrize(
        ("states", "expected"),
        [
            (States("success"), False),
            (States("failed"), False),
            (States(None), False),
            (States("queued", daily__fetch=None), True),
            (States("running", daily__fetch="running", daily__close_update=None), True),
            (States("running", daily__fetch="failed", daily__close_update="up_for_retry"), True),
            (States("running", daily__fetch="failed", daily__close_update="queued"), True),
            (States("running", daily__fetch="success", daily__close_update="failed"), False),
            (States("running", daily__fetch="success", daily__close_update="failed", x="running"), False),
            (States("running", hourly__fetch="running"), True),
        ],
    )
    def test_a_run_lives_while_it_runs_and_a_task_of_the_update_is_not_at_its_end(self, states, expected):
        assert is_live(self.update, states, None) is expected


class TestRangesOfIds:
    @given(st.integers(1, 50), st.integers(0, 60), st.sets(st.integers(-5, 120)), st.integers(1, 9))
    def test_they_cover_every_id_once_but_those_kept(self, first, length, kept, size):
        last = first + length
        ranges = list(id_ranges(first, last, kept, size))
        covered = [one for low, high in ranges for one in range(low, high + 1)]
        assert covered == [one for one in range(first, last + 1) if one not in kept]
        assert all(high - low < size for low, high in ranges)


def start(hook, table, run="r1", kind=UpdateType.MASS, operation=None, **changes):
    """Open a row of the log, and return its id and the operation's: a new one unless given."""
    operation = operation or new_operation_id()
    task = DataUpdateTask(table, "ERP", kind, None, None, now(), operation, **changes)
    return hook.start_update(task, f"sync_{table}", run, "scheduled", 1), operation


def finish(hook, update_id, *, succeeded=True):
    hook.complete_update(update_id, Outcome(succeeded, fetched=5, source_read_dt=now()))


def leave_behind(site, table, operation):
    """Leave a staging table and a spooled batch of an operation."""
    import pyarrow as pa

    name = f"Staging{table}_{operation}_0_1"
    site.query(f'CREATE TABLE "{site.name}_staging"."{name}" ("Id" int)')
    site.spool.write(table, operation, 1, iter([pa.table({"Id": [1]})]))
    return name


@pytest.mark.integration
class TestLeftovers:
    @pytest.fixture
    def hook(self, site):
        return site.hook

    def left(self, site):
        return len(site.hook.warehouse.staging_tables()), len(site.spool.operations())

    def test_those_of_a_running_update_stay_however_old(self, site, hook):
        _, operation = start(hook, "Item")
        leave_behind(site, "Item", operation)
        drop_leftovers(hook, site.spool, now() + 1000 * DAY, 7 * DAY)
        assert self.left(site) == (1, 1)

    def test_those_of_a_failed_update_stay_until_their_age(self, site, hook):
        update, operation = start(hook, "Item")
        name = leave_behind(site, "Item", operation)
        finish(hook, update, succeeded=False)
        drop_leftovers(hook, site.spool, now() + 6 * DAY, 7 * DAY)
        assert self.left(site) == (1, 1)
        dropped = drop_leftovers(hook, site.spool, now() + 8 * DAY, 7 * DAY)
        assert (dropped.staging, dropped.spool) == ((name,), (f"Item/{operation}",))
        assert self.left(site) == (0, 0)

    def test_those_of_an_update_that_runs_again_after_a_failure_stay(self, site, hook):
        update, operation = start(hook, "Item")
        leave_behind(site, "Item", operation)
        finish(hook, update, succeeded=False)
        start(hook, "Item", operation=operation)
        drop_leftovers(hook, site.spool, now() + 8 * DAY, 7 * DAY)
        assert self.left(site) == (1, 1)

    def test_those_of_a_success_go_when_its_own_clean_up_is_surely_over(self, site, hook):
        update, operation = start(hook, "Item")
        leave_behind(site, "Item", operation)
        finish(hook, update)
        drop_leftovers(hook, site.spool, now(), 7 * DAY)
        assert self.left(site) == (1, 1)
        drop_leftovers(hook, site.spool, now() + timedelta(hours=2), 7 * DAY)
        assert self.left(site) == (0, 0)

    def test_those_of_an_update_that_the_log_forgot_go_at_once(self, site, hook):
        leave_behind(site, "Item", "0123456789abcdef")
        drop_leftovers(hook, site.spool, now(), 7 * DAY)
        assert self.left(site) == (0, 0)

    @pytest.mark.parametrize("suffix", ["0_1", "12_3_R", "4_f00dcafe", "beefbeef", "0beef_0"])
    def test_whatever_a_step_calls_its_tables_they_go(self, site, hook, suffix):
        name = f"StagingItem_0123456789abcdef_{suffix}"
        site.query(f'CREATE TABLE "{site.name}_staging"."{name}" ("Id" int)')
        assert drop_leftovers(hook, site.spool, now(), 7 * DAY).staging == (name,)

    def test_another_table_in_the_staging_schema_is_left_alone(self, site, hook):
        site.query(f'CREATE TABLE "{site.name}_staging"."StagingArea_of_somebody" ("Id" int)')
        assert drop_leftovers(hook, site.spool, now(), 0 * DAY).staging == ()
        assert hook.warehouse.staging_tables() == ["StagingArea_of_somebody"]

    def test_a_file_in_the_spool_is_left_alone(self, site, hook):
        (site.folder / "spool").mkdir()
        (site.folder / "spool" / "README").write_text("mine")
        drop_leftovers(hook, site.spool, now(), 0 * DAY)
        assert (site.folder / "spool" / "README").exists()


@pytest.mark.integration
class TestPurge:
    @pytest.fixture(autouse=True)
    def small_batches(self, monkeypatch):
        monkeypatch.setattr(data_update, "PURGE_BATCH", 3)

    def age(self, site, days):
        site.query('UPDATE {log}."DataUpdate" SET "StartDT" = "StartDT" - make_interval(days => %s)', days)

    def test_old_rows_go_batch_by_batch_and_young_ones_stay(self, site):
        hook = site.hook
        for number in range(10):
            finish(hook, start(hook, "Item", f"r{number}")[0], succeeded=False)
        self.age(site, 91)
        finish(hook, start(hook, "Item", "young")[0], succeeded=False)
        assert hook.purge(now() - 90 * DAY) == 10
        assert [row.RunId for row in site.log("Item")] == ["young"]
        assert hook.purge(now() - 90 * DAY) == 0

    def test_what_later_updates_build_on_stays(self, site):
        hook = site.hook
        for number in range(5):
            for kind in UpdateType:
                finish(hook, start(hook, "Item", f"{kind.value}{number}", kind)[0])
        before = hook.get_last_data_updates("Item")
        self.age(site, 400)
        assert hook.purge(now() - 90 * DAY) == 12
        assert hook.get_last_data_updates("Item") == before

    def test_a_late_clear_of_an_older_run_does_not_cost_the_newest_watermark(self, site):
        hook = site.hook
        finish(hook, start(hook, "Item", "newest")[0])
        finish(hook, start(hook, "Item", "older, run later")[0])
        site.query(
            """UPDATE {log}."DataUpdate" SET "ReferenceDT" = "ReferenceDT" - interval '1 day',
            "SourceReadDT" = "SourceReadDT" - interval '1 day' WHERE "RunId" <> 'newest'"""
        )
        before = hook.get_last_data_updates("Item")
        self.age(site, 400)
        assert hook.purge(now() - 90 * DAY) == 1
        assert hook.get_last_data_updates("Item") == before

    def test_old_rows_between_and_behind_kept_ones_go_however_far_apart_they_are(self, site):
        hook = site.hook
        for position, table in enumerate(["Item", "Other", "Third"]):
            finish(hook, start(hook, table, "kept")[0])
            site.query(
                """SELECT setval(pg_get_serial_sequence('{log}."DataUpdate"', 'Id'), %s)""",
                1000 * (position + 1),
            )
            finish(hook, start(hook, table, "goes")[0], succeeded=False)
        self.age(site, 400)
        assert hook.purge(now() - 90 * DAY) == 3
        assert site.query('SELECT DISTINCT "RunId" FROM {log}."DataUpdate"') == [("kept",)]

    def test_a_running_row_is_never_purged(self, site):
        hook = site.hook
        start(hook, "Item")
        self.age(site, 400)
        assert hook.purge(now()) == 0
        assert len(site.log("Item")) == 1

    def test_the_records_of_loaded_batches_go_with_their_age(self, site):
        hook = site.hook
        site.query(
            """INSERT INTO {log}."LoadedBatch" SELECT 'operation', 1, days, 'dbo', 'Item',
            now() - make_interval(days => days), 1, 1, 0, 0, 0 FROM unnest(ARRAY[1, 89, 91, 400]) AS days"""
        )
        hook.purge(now() - 90 * DAY)
        assert site.query('SELECT "Batch" FROM {log}."LoadedBatch" ORDER BY 1') == [(1,), (89,)]


@pytest.mark.integration
class TestIndexes:
    @contextmanager
    def interrupted_load(self, site, table):
        """A truncate load that has disabled an index and got no further."""
        site.query(f'CREATE SCHEMA IF NOT EXISTS "{site.name}"')
        site.query(f'CREATE TABLE {{target}}."{table}" ("Id" bigint PRIMARY KEY, "Name" text)')
        site.query(f'CREATE INDEX "IX_{table}" ON {{target}}."{table}" ("Name")')
        _, operation = start(site.hook, table)
        target = Target(TableName(site.name, table), ("Id",))
        reading = site.hook.warehouse.start_reading(target.table).number
        load = Load(operation, reading, reading, now(), is_full=True, completes=True)
        site.hook.warehouse.empty(target, load, 0)
        assert self.indexes(site, table) == []
        yield target

    def indexes(self, site, table):
        found = site.query(
            "SELECT indexname FROM pg_indexes WHERE schemaname = %s AND indexname = %s",
            site.name, f"IX_{table}",
        )  # fmt: skip
        return [row[0] for row in found]

    def rebuild(self, site, live):
        options = site.settings.options
        return rebuild_indexes(
            site.hook, warehouse_without_waiting(options), options.warehouse, site.settings.sources, live
        )

    def test_they_are_rebuilt_when_nobody_works_on_the_table(self, site):
        with self.interrupted_load(site, "Truncated"):
            assert self.rebuild(site, nobody) == {f"{site.name}.Truncated": ["IX_Truncated"]}
        assert self.indexes(site, "Truncated") == ["IX_Truncated"]
        assert self.rebuild(site, nobody) == {}

    def test_a_running_update_rebuilds_them_itself(self, site):
        with self.interrupted_load(site, "Truncated"):
            assert self.rebuild(site, everybody) == {}
        assert self.indexes(site, "Truncated") == []

    def test_a_table_whose_lock_is_held_waits_for_the_next_time(self, site):
        with self.interrupted_load(site, "Truncated") as target, site.hook.warehouse.lock(target.table):
            assert self.rebuild(site, nobody) == {}
        assert self.indexes(site, "Truncated") == []

    def test_they_stay_disabled_where_the_configuration_says_so(self, site):
        with self.interrupted_load(site, "Unindexed"):
            assert self.rebuild(site, nobody) == {}
        assert self.indexes(site, "Unindexed") == []

    def test_those_of_a_table_that_is_no_longer_configured_are_rebuilt(self, site):
        with self.interrupted_load(site, "Forgotten"):
            assert self.rebuild(site, nobody) == {f"{site.name}.Forgotten": ["IX_Forgotten"]}
        assert self.indexes(site, "Forgotten") == ["IX_Forgotten"]


@pytest.mark.integration
def test_a_process_killed_in_the_middle_is_tidied_up_and_a_living_one_is_not(
    site, sync, eventually, signals, capfd
):
    sync("Merged", "--type", "mass")
    site.query('UPDATE {target}."Merged" SET "Name" = NULL')
    hook, options = site.hook, site.settings.options

    def live(update):
        return is_live(update, States(None), options)

    def tidy():
        closed = hook.close_open_updates(live)
        dropped = drop_leftovers(hook, site.spool, now(), timedelta(0))
        return len(closed), len(dropped.staging), len(dropped.spool)

    with site.held('SELECT * FROM {target}."Merged" FOR UPDATE'):
        with site.process("sync", "Merged", "--type", "hourly", "--minimum-dt", "2020-01-01") as process:
            site.wait_until_blocked("MERGE")
            assert tidy() == (0, 0, 0)
            process.send_signal(signals.kill)
            process.wait(10)
        assert site.log("Merged")[-1].NumberRecords == -2
        eventually(lambda: not live(hook.open_updates()[0]))
    assert tidy() == (1, 3, 1)
    assert site.log("Merged")[-1].NumberRecords == -1
    assert hook.warehouse.staging_tables() == []
    assert site.spool.operations() == []
