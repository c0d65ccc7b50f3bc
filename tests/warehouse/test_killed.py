"""What a process leaves in the warehouse when it is killed: nothing that the next try would trip over."""

from __future__ import annotations

import time
from datetime import timedelta

import pyarrow as pa
import pytest

from data_sync.errors import LockTimeout
from data_sync.warehouse.interface import Counts


def wait_for(process, word):
    """Wait until the other process says a word."""
    for line in process.stdout:
        if line.strip() == word:
            return
    pytest.fail(f"the process ended before it said {word!r}")


def kill(process):
    process.kill()
    process.wait(10)


def ids(count):
    return pa.table({"Id": range(count), "DataSyncRow": range(count)})


def eventually(check, seconds=15):
    """Wait for the server to notice that its client is gone."""
    deadline = time.monotonic() + seconds
    while not check() and time.monotonic() < deadline:
        time.sleep(0.05)
    return check()


def test_the_lock_of_a_killed_process_is_free(lab):
    target = lab.table({"Id": "bigint"})
    with lab.process("with warehouse.lock(target.table):\n  say('held'); time.sleep(600)", target) as process:
        wait_for(process, "held")
        hasty = lab.with_options(lock_timeout=timedelta(milliseconds=200))
        with pytest.raises(LockTimeout), hasty.lock(target.table):
            pass
        kill(process)
        with lab.with_options(lock_timeout=timedelta(seconds=15)).lock(target.table):
            pass


@pytest.mark.parametrize("dedupe", [True, False])
def test_a_killed_copy_to_staging_is_done_again(lab, dedupe):
    target = lab.table({"Id": "bigint"})
    body = f"warehouse.stage(target, staging, slow_reader(20000), 20000, dedupe={dedupe})"
    with lab.process(body, target) as process:
        wait_for(process, "half")
        kill(process)
    staging = lab.staging(target)
    assert lab.warehouse.stage(target, staging, ids(20000).to_reader(), 20000, dedupe=dedupe) == 20000
    assert lab.warehouse.staging_tables(staging.name) == [staging.name]
    assert lab.warehouse.count(staging) == 20000


def test_a_killed_copy_into_the_target_is_done_again(lab):
    target = lab.table({"Id": "bigint"})
    load = lab.empty(target)
    body = "warehouse.copy_into(target, load, 0, slow_reader(20000), 20000)"
    with lab.process(body, target, load) as process:
        wait_for(process, "half")
        kill(process)
    assert lab.warehouse.copy_into(target, load, 0, ids(20000).to_reader(), 20000) == 20000
    assert lab.warehouse.count(target.table) == 20000


def test_a_killed_copy_into_the_target_does_not_outlive_a_new_load(lab):
    target = lab.table({"Id": "bigint"})
    load = lab.empty(target)
    body = "warehouse.copy_into(target, load, 0, slow_reader(20000), 20000)"
    with lab.process(body, target, load) as process:
        wait_for(process, "half")
        kill(process)
    again = lab.empty(target)
    assert eventually(lambda: lab.warehouse.count(target.table) == 0)
    assert lab.warehouse.copy_into(target, again, 0, ids(10).to_reader(), 10) == 10
    assert lab.warehouse.count(target.table) == 10


@pytest.mark.parametrize(
    "step", ["merge(target, load, 0, staging, is_last=True)", "publish(target, load, [staging])"]
)
def test_a_load_killed_while_it_waits_for_the_table_is_done_again(lab, step):
    target = lab.table({"Id": "bigint", "Name": "text10"})
    old = pa.table({"Id": [1], "Name": ["old"], "DataSyncRow": [0]})
    lab.merge(target, lab.stage(target, old, batch=9))
    new = pa.table({"Id": [1, 2], "Name": ["new", "new"], "DataSyncRow": [0, 1]})
    staging = lab.stage(target, new)
    table = f'"{target.table.schema}"."{target.table.name}"'
    with (
        lab.process(f"say('begins'); warehouse.{step}", target) as process,
        lab.warehouse.transaction() as session,
    ):
        session.execute(f"""UPDATE {table} SET "Name" = 'held' WHERE "Id" = 1""")
        wait_for(process, "begins")
        time.sleep(1)
        assert process.poll() is None
        kill(process)
    load = lab.publish if "publish" in step else lab.merge
    counts = load(target, [staging] if "publish" in step else staging)
    assert counts == Counts(staged=2, inserted=1, updated=1)
    assert [row["Name"] for row in lab.rows(target)] == ["new", "new"]
