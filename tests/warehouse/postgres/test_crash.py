"""What becomes of staged rows when the PostgreSQL server crashes: they are gone, and that is noticed."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from data_sync.errors import PermanentError
from data_sync.settings.models import WarehouseOptions
from data_sync.updates.migrations.install import install
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.interface import Counts, Load, TableName, Target
from data_sync.warehouse.postgres import swap

pytestmark = pytest.mark.integration

TARGET = Target(TableName("dbo", "Part"), ("Id",))
FETCHED = pa.schema([("Id", pa.int64()), ("Name", pa.string()), ("DataSyncRow", pa.int64())])


class Crashing:
    """A warehouse on a server of its own, which can be made to crash."""

    def __init__(self, server, monkeypatch):
        self.server = server
        monkeypatch.setenv("AIRFLOW_CONN_CRASHING", server.uri().replace("postgresql://", "postgres://", 1))
        self.warehouse = open_warehouse(WarehouseOptions(connection="crashing"), 1000)
        install(self.warehouse)
        self.warehouse.create_table(TARGET, pa.schema([("Id", pa.int64()), ("Name", pa.string())]))

    def stage(self, number, ids, *, dedupe):
        """Stage rows with these ids and return the staging table."""
        staging = TableName("staging", f"StagingPart_{number}")
        rows = pa.table({"Id": ids, "Name": ["x"] * len(ids), "DataSyncRow": range(len(ids))}, schema=FETCHED)
        self.warehouse.stage(TARGET, staging, rows.to_reader(), len(ids), dedupe=dedupe)
        return staging

    def hold(self, count):
        """Fill the target with the rows 0 to count - 1."""
        with self.warehouse.transaction() as session:
            session.execute('TRUNCATE TABLE "dbo"."Part"')
            session.execute(
                f'INSERT INTO "dbo"."Part" SELECT i, \'x\' FROM generate_series(0, {count - 1}) AS i'
            )

    def load(self):
        """Return an incremental load as a new reading."""
        reading = self.warehouse.start_reading(TARGET.table).number
        return Load(uuid.uuid4().hex[:16], reading, reading, datetime.now(timezone.utc))

    def publish(self, *staging):
        return self.warehouse.publish(TARGET, self.load(), staging)

    def merge(self, staging, load=None):
        return self.warehouse.merge(TARGET, load or self.load(), 0, staging, is_last=True)

    def crash(self):
        """Stop the server without a checkpoint and start it again, so that it has to recover."""
        assert not self.server._run("pg_ctl", "stop", "-D", self.server.data, "-m", "immediate", "-w")
        self.server.start()


@pytest.fixture(scope="module")
def server() -> Iterator[object]:
    from demo.embedded_postgres import EmbeddedPostgres

    with tempfile.TemporaryDirectory(prefix="data_sync_crash_", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        started = EmbeddedPostgres(Path(folder)).start()
        try:
            yield started
        finally:
            started.stop()


@pytest.fixture
def crashing(server, monkeypatch):
    return Crashing(server, monkeypatch)


def test_a_full_load_whose_rows_are_lost_leaves_the_target_as_it_is(crashing):
    crashing.hold(5)
    staging = crashing.stage(0, [0, 1, 2], dedupe=False)
    crashing.crash()
    with pytest.raises(PermanentError, match=r"held 3 rows and is empty.*'bulk_copy'"):
        crashing.publish(staging)
    assert crashing.warehouse.count(TARGET.table) == 5
    again = crashing.stage(1, [0, 1, 2], dedupe=False)
    assert crashing.publish(again) == Counts(staged=3, unchanged=3, deleted=2)


def test_a_full_load_that_loses_its_gathered_rows_leaves_the_target_as_it_is(crashing, monkeypatch):
    crashing.hold(5)
    staging = crashing.stage(2, [0, 1, 2], dedupe=False)
    open_transaction, numbers = swap.transaction, count(1)

    def transaction(dsn):
        if next(numbers) == 3:
            crashing.crash()
        return open_transaction(dsn)

    with monkeypatch.context() as patched:
        patched.setattr(swap, "transaction", transaction)
        with pytest.raises(PermanentError, match="_L held 3 rows and is empty"):
            crashing.publish(staging)
    assert crashing.warehouse.count(TARGET.table) == 5


def test_a_merge_whose_rows_are_lost_says_so(crashing):
    crashing.hold(5)
    staging = crashing.stage(3, [4, 5, 5], dedupe=True)
    crashing.crash()
    with pytest.raises(PermanentError, match=r"held 2 rows and is empty.*'stage'"):
        crashing.merge(staging)
    assert crashing.warehouse.count(TARGET.table) == 5


def test_a_batch_without_rows_is_no_loss(crashing):
    staging = crashing.stage(4, [], dedupe=True)
    crashing.crash()
    assert crashing.merge(staging).staged == 0


def test_merged_rows_and_the_record_of_them_survive_a_crash(crashing):
    crashing.hold(1)
    staging = crashing.stage(5, [0, 1], dedupe=True)
    load = crashing.load()
    merged = crashing.merge(staging, load)
    crashing.crash()
    assert crashing.merge(staging, load) == merged == Counts(2, 1, 0, 1)
    assert crashing.warehouse.count(TARGET.table) == 2
