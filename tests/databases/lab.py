"""A database under test, and what the tests ask of it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from data_sync.settings.models import WarehouseOptions
from data_sync.updates.migrations.install import install
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.interface import Counts, Load, TableName, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from data_sync.warehouse.interface import Warehouse

PLUGINS = Path(__file__).parents[2] / "plugins"


@dataclass
class Lab:
    """One database under test.

    :param warehouse: what is tested
    :param options: its options, with schemas of this session's own
    :param types: the database's column types by the names that the tests use
    :param list_indexes: returns the names of a table's usable indexes besides the primary key's
    :param drop_schemas: drops schemas with all that is in them
    :param missing: statements and error messages that the endpoint lacks, with what it answered
    """

    warehouse: Warehouse
    options: WarehouseOptions
    types: Mapping[str, str]
    list_indexes: Callable[[Lab, TableName], list[str]]
    drop_schemas: Callable[[Lab, Iterable[str]], None]
    missing: Mapping[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def schemas(self) -> tuple[str, str, str]:
        """The schemas of this session's own; foreign keys point to tables in the first only."""
        return self.options.target_schema, self.options.staging_schema, self.options.log_schema

    def needs(self, statement: str) -> None:
        """Skip the test when the endpoint lacks a statement or SQL Server's message of an error."""
        if statement in self.missing:
            pytest.skip(f"the endpoint has no {statement}: {self.missing[statement]}")

    def table(
        self, columns: Mapping[str, str], keys: Sequence[str] = ("Id",), stamp: str | None = None
    ) -> Target:
        """Create a target table with a primary key; columns by name with a type's name, ``!`` NOT NULL."""
        table = TableName(self.options.target_schema, f"Ta ble{next(self._numbers)}")
        lines = []
        for name, kind in columns.items():
            not_null = " NOT NULL" if kind.endswith("!") or name in keys else ""
            lines.append(f"{quote(name)} {self.types[kind.rstrip('!')]}{not_null}")
        primary = ", ".join(quote(key) for key in keys)
        body = ", ".join([*lines, f"PRIMARY KEY ({primary})"])
        self.execute(f"CREATE TABLE {quoted(table)} ({body})")
        return Target(table, tuple(keys), stamp)

    def staging(self, target: Target, batch: int = 0) -> TableName:
        """Return a staging table's name for a target."""
        return TableName(self.options.staging_schema, f"Staging{target.table.name}_{batch}")

    def execute(self, sql: str) -> None:
        """Run one statement in a transaction of its own."""
        with self.warehouse.transaction() as session:
            session.execute(sql)

    def rows(self, target: Target) -> list[dict[str, Any]]:
        """Return a table's rows in key order, stamps aware in UTC."""
        order = ", ".join(quote(key) for key in target.keys)
        with self.warehouse.transaction() as session:
            found = session.rows(f"SELECT * FROM {quoted(target.table)} ORDER BY {order}")
        return [{name: _aware(value) for name, value in row.items()} for row in found]

    def stage(self, target: Target, table: pa.Table, batch: int = 0, *, dedupe: bool = True) -> TableName:
        """Stage a table of rows and return the staging table's name."""
        staging = self.staging(target, batch)
        self.warehouse.stage(target, staging, table.to_reader(), len(table), dedupe=dedupe)
        return staging

    def load(self, target: Target, operation: str | None = None, **more: Any) -> Load:
        """Return a load as a new reading; incremental unless it says otherwise."""
        reading = self.warehouse.start_reading(target.table).number
        now = datetime.now(timezone.utc)
        return Load(operation or uuid.uuid4().hex[:16], reading, reading, now, **more)

    def merge(self, target: Target, staging: TableName, load: Load | None = None, number: int = 0) -> Counts:
        """Merge one staging table as a load of its own."""
        load = load or self.load(target)
        return self.warehouse.merge(target, load, number, staging, is_last=True)

    def publish(
        self, target: Target, staging: Sequence[TableName], load: Load | None = None, **more: Any
    ) -> Counts:
        """Publish staging tables as a full load of its own."""
        load = load or self.load(target, is_full=True, completes=True)
        return self.warehouse.publish(target, load, staging, **more)

    def empty(self, target: Target, rows: int = 0, load: Load | None = None) -> Load:
        """Begin a truncate load, and return it."""
        load = load or self.load(target, is_full=True, completes=True)
        self.warehouse.empty(target, load, rows)
        return load

    def with_options(self, **changes: Any) -> Warehouse:
        """Return the same warehouse with other options."""
        return open_warehouse(self.options.model_copy(update=changes), 1000)

    @contextmanager
    def process(self, body: str, target: Target, load: Load | None = None) -> Iterator[subprocess.Popen[str]]:
        """Run code in another process, which knows ``warehouse``, ``target``, ``load`` and ``staging``.

        ``slow_reader(rows)`` gives half the rows, prints ``half`` and then stays still.
        """
        program = _PRELUDE.format(
            options=self.options.model_dump_json(), target=target, load=load or self.load(target)
        ) + textwrap.dedent(body)
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        ) as process:
            try:
                yield process
            finally:
                process.kill()


_PRELUDE = """\
import datetime, sys, time
import pyarrow as pa
from data_sync.errors import PermanentError
from data_sync.settings.models import WarehouseOptions
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.interface import Load, TableName, Target
options = WarehouseOptions.model_validate_json({options!r})
warehouse = open_warehouse(options, 1000)
target = {target!r}
load = {load!r}
staging = TableName(options.staging_schema, "Staging" + target.table.name + "_0")
def say(text):
    print(text, flush=True)
def slow_reader(rows):
    names = ["Id", "DataSyncRow"]
    def batches():
        ids = pa.array(range(rows // 2), pa.int64())
        for start in range(0, rows // 2, 1000):
            yield pa.record_batch([ids[start:start + 1000]] * 2, names=names)
        say("half")
        time.sleep(600)
    schema = pa.schema([(name, pa.int64()) for name in names])
    return pa.RecordBatchReader.from_batches(schema, batches())
"""


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quoted(table: TableName) -> str:
    return f"{quote(table.schema)}.{quote(table.name)}"


def _aware(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc) if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return value


def own_schemas() -> WarehouseOptions:
    mark = uuid.uuid4().hex[:8]
    return WarehouseOptions(
        connection=f"lab_{mark}",
        target_schema=f"Target_{mark}",
        staging_schema=f"Staging_{mark}",
        log_schema=f"Log_{mark}",
        lock_timeout=timedelta(seconds=20),
        statement_timeout=timedelta(seconds=60),
    )


@contextmanager
def lab_at(
    uri: str,
    types: Mapping[str, str],
    list_indexes: Callable[[Lab, TableName], list[str]],
    drop_schemas: Callable[[Lab, Iterable[str]], None],
) -> Iterator[Lab]:
    """A lab on the server at an Airflow connection URI, with schemas of its own."""
    options = own_schemas()
    variable = f"AIRFLOW_CONN_{options.connection.upper()}"
    os.environ[variable] = uri
    try:
        lab = Lab(open_warehouse(options, 1000), options, types, list_indexes, drop_schemas)
        install(lab.warehouse)
        lab.execute(f'CREATE SCHEMA "{options.target_schema}"')
        yield lab
    finally:
        del os.environ[variable]
