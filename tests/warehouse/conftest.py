"""The databases that the warehouse tests run on, and what the tests need from each.

Every test that asks for ``lab`` runs once per database. A lab creates schemas of its own and drops them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))

from data_sync.errors import LockTimeout, PermanentError
from data_sync.settings.models import WarehouseOptions
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.base import ROW_NUMBER_COLUMN, TableName, Target

if TYPE_CHECKING:
    from data_sync.warehouse.base import Warehouse

PLUGINS = Path(__file__).parents[2] / "plugins"

POSTGRES_TYPES = {
    "smallint": "smallint",
    "int": "integer",
    "bigint": "bigint",
    "decimal": "numeric(15,4)",
    "float": "double precision",
    "bool": "boolean",
    "date": "date",
    "time": "time",
    "stamp": "timestamptz",
    "naive stamp": "timestamp",
    "text10": "varchar(10)",
    "char10": "char(10)",
    "text": "text",
    "binary": "bytea",
    "uuid": "uuid",
    "identity": "bigint GENERATED ALWAYS AS IDENTITY",
    "doubled id": 'bigint GENERATED ALWAYS AS ("Id" * 2) STORED',
    "defaulted": "integer NOT NULL DEFAULT 7",
}
MSSQL_TYPES = {
    "smallint": "smallint",
    "int": "int",
    "bigint": "bigint",
    "decimal": "numeric(15,4)",
    "float": "float",
    "bool": "bit",
    "date": "date",
    "time": "time(6)",
    "stamp": "datetime2(6)",
    "naive stamp": "datetime2(6)",
    "text10": "nvarchar(10)",
    "char10": "nchar(10)",
    "text": "nvarchar(max)",
    "binary": "varbinary(max)",
    "uuid": "uniqueidentifier",
    "identity": "bigint IDENTITY(1,1)",
    "doubled id": 'AS ("Id" * 2)',
    "defaulted": "int NOT NULL DEFAULT 7",
}


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

    def with_options(self, **changes: Any) -> Warehouse:
        """Return the same warehouse with other options."""
        return open_warehouse(self.options.model_copy(update=changes), 1000)

    @contextmanager
    def process(self, body: str, target: Target) -> Iterator[subprocess.Popen[str]]:
        """Run code in another process, which knows ``warehouse``, ``target`` and ``staging``.

        ``slow_reader(rows)`` gives half the rows, prints ``half`` and then stays still.
        """
        program = _PRELUDE.format(options=self.options.model_dump_json(), target=target) + textwrap.dedent(
            body
        )
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        ) as process:
            try:
                yield process
            finally:
                process.kill()


_PRELUDE = """\
import sys, time
import pyarrow as pa
from data_sync.errors import PermanentError
from data_sync.settings.models import WarehouseOptions
from data_sync.warehouse import open_warehouse
from data_sync.warehouse.base import TableName, Target
options = WarehouseOptions.model_validate_json({options!r})
warehouse = open_warehouse(options, 1000)
target = {target!r}
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


def _own_schemas() -> WarehouseOptions:
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
def _lab_at(
    uri: str,
    types: Mapping[str, str],
    list_indexes: Callable[[Lab, TableName], list[str]],
    drop_schemas: Callable[[Lab, Iterable[str]], None],
) -> Iterator[Lab]:
    """A lab on the server at an Airflow connection URI, with schemas of its own."""
    options = _own_schemas()
    variable = f"AIRFLOW_CONN_{options.connection.upper()}"
    os.environ[variable] = uri
    try:
        lab = Lab(open_warehouse(options, 1000), options, types, list_indexes, drop_schemas)
        lab.warehouse.install()
        lab.execute(f'CREATE SCHEMA "{options.target_schema}"')
        yield lab
    finally:
        del os.environ[variable]


# -- PostgreSQL -----------------------------------------------------------------------------------


@contextmanager
def postgres_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The embedded PostgreSQL."""
    uri: str = request.getfixturevalue("postgres_uri")
    uri = uri.replace("postgresql://", "postgres://", 1)
    with _lab_at(uri, POSTGRES_TYPES, _postgres_indexes, _drop_postgres_schemas) as lab:
        try:
            yield lab
        finally:
            lab.drop_schemas(lab, lab.schemas)


def _drop_postgres_schemas(lab: Lab, schemas: Iterable[str]) -> None:
    for schema in schemas:
        lab.execute(f'DROP SCHEMA "{schema}" CASCADE')


def _postgres_indexes(lab: Lab, table: TableName) -> list[str]:
    with lab.warehouse.transaction() as session:
        found = session.rows(
            "SELECT indexname AS name FROM pg_indexes WHERE schemaname = %(schema)s AND tablename = %(name)s "
            "AND indexname NOT LIKE '%%_pkey' ORDER BY 1",
            {"schema": table.schema, "name": table.name},
        )
    return [row["name"] for row in found]


@pytest.fixture(scope="session")
def postgres_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of a PostgreSQL server that lives as long as the test session.

    DATA_SYNC_TEST_POSTGRES names another one, to test other versions.
    """
    if os.environ.get("DATA_SYNC_TEST_POSTGRES"):
        yield os.environ["DATA_SYNC_TEST_POSTGRES"]
        return
    from demo.embedded_postgres import EmbeddedPostgres

    with tempfile.TemporaryDirectory(prefix="data_sync_pg_", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder)).start()
        try:
            yield server.uri()
        finally:
            server.stop()


# -- SQL Server -----------------------------------------------------------------------------------


@contextmanager
def mssql_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The SQL Server endpoint named by DATA_SYNC_TEST_MSSQL, an Airflow connection URI."""
    if not os.environ.get("DATA_SYNC_TEST_MSSQL"):
        pytest.skip("DATA_SYNC_TEST_MSSQL is not set; write a connection URI such as mssql://user:pw@host/db")
    uri = os.environ["DATA_SYNC_TEST_MSSQL"]
    with _lab_at(uri, MSSQL_TYPES, _mssql_indexes, _drop_mssql_schemas) as lab:
        try:
            lab.missing = _missing_statements(lab)
            yield lab
        finally:
            lab.drop_schemas(lab, lab.schemas)


_PROBES = {
    "MERGE": (
        "MERGE INTO {one} AS t USING {two} AS s ON t.a = s.a WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a);"
    ),
    "MERGE … OUTPUT": (
        "MERGE INTO {one} AS t USING {two} AS s ON t.a = s.a "
        "WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a) OUTPUT $action;"
    ),
    "ALTER INDEX": "ALTER INDEX probe ON {one} DISABLE",
    "SWITCH": "ALTER TABLE {two} SWITCH TO {three}",
    "sp_rename": "EXEC sp_rename '{schema}.probe_two', 'probe_four'",
    "WAITFOR": "WAITFOR DELAY '00:00:00.001'",
}
"""What an endpoint may lack, each tried in an undone transaction on three small tables."""


def _missing_statements(lab: Lab) -> dict[str, str]:
    schema = lab.options.target_schema
    names = {name: quoted(TableName(schema, f"probe_{name}")) for name in ("one", "two", "three")}
    for name in names.values():
        lab.execute(f"CREATE TABLE {name} (a int NOT NULL)")
    lab.execute(f"CREATE INDEX probe ON {names['one']} (a)")
    missing = {}
    for name, statement in _PROBES.items():
        try:
            with lab.warehouse.transaction() as session:
                session.execute(statement.format(schema=schema, **names))
                raise _Undo
        except _Undo:
            pass
        except PermanentError as error:
            missing[name] = str(error)
    try:
        _provoke_lock_timeout(lab, names["one"])
    except LockTimeout:
        pass
    except PermanentError as error:
        missing["message of error 1222"] = str(error)
    for name in names.values():
        lab.execute(f"DROP TABLE {name}")
    return missing


def _provoke_lock_timeout(lab: Lab, table: str) -> None:
    update = f"UPDATE {table} SET a = 2"
    lab.execute(f"INSERT INTO {table} VALUES (1)")
    hasty = lab.with_options(lock_timeout=timedelta(seconds=1))
    with lab.warehouse.transaction() as holder:
        holder.execute(update)
        with hasty.transaction() as waiter:
            waiter.execute(update)


class _Undo(Exception):
    """Ends a transaction without committing it."""


def _mssql_indexes(lab: Lab, table: TableName) -> list[str]:
    with lab.warehouse.transaction() as session:
        found = session.rows(
            "SELECT name FROM sys.indexes WHERE object_id = OBJECT_ID(%(table)s) AND is_primary_key = 0 "
            "AND is_disabled = 0 AND index_id > 0 ORDER BY name",
            {"table": quoted(table)},
        )
    return [row["name"] for row in found]


def _drop_mssql_schemas(lab: Lab, schemas: Iterable[str]) -> None:
    for schema in schemas:
        with lab.warehouse.transaction() as session:
            keys = session.rows(
                "SELECT f.name, o.name AS child FROM sys.foreign_keys AS f "
                "JOIN sys.objects AS o ON o.object_id = f.parent_object_id "
                "JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE s.name = %(schema)s",
                {"schema": schema},
            )
        for key in keys:
            child = quoted(TableName(schema, key["child"]))
            lab.execute(f"ALTER TABLE {child} DROP CONSTRAINT {quote(key['name'])}")
        for kind, statement in (("V", "VIEW"), ("U", "TABLE")):
            with lab.warehouse.transaction() as session:
                found = session.rows(
                    "SELECT o.name FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id "
                    "WHERE s.name = %(schema)s AND o.type = %(kind)s",
                    {"schema": schema, "kind": kind},
                )
            for row in found:
                lab.execute(f"DROP {statement} {quoted(TableName(schema, row['name']))}")
        lab.execute(f"DROP SCHEMA {quote(schema)}")


# -- for all --------------------------------------------------------------------------------------

LABS: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[Lab]]] = {
    "postgres": postgres_lab,
    "mssql": mssql_lab,
}


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("postgres", marks=pytest.mark.integration),
        pytest.param("mssql", marks=pytest.mark.mssql),
    ],
)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Each database under test in turn."""
    with LABS[request.param](request) as found:
        yield found


class Parts:
    """A typical target: a two-part key, text, a quantity and a change stamp."""

    SCHEMA = pa.schema(
        [
            ("Id", pa.int64()),
            ("Code", pa.string()),
            ("Name", pa.string()),
            ("Quantity", pa.decimal128(15, 4)),
            ("Changed", pa.timestamp("us", "UTC")),
            (ROW_NUMBER_COLUMN, pa.int64()),
        ]
    )

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.target = lab.table(
            {"Id": "bigint", "Code": "text10", "Name": "text10", "Quantity": "decimal", "Changed": "stamp"},
            ("Id", "Code"),
            "Changed",
        )
        self.unstamped = replace(self.target, last_update_column=None)

    @staticmethod
    def rows(*rows: tuple[Any, ...], first: int = 0) -> pa.Table:
        """Return (id, code, name, day of January 2020 or None) as a fetched batch."""
        ids, codes, texts, days = zip(*rows, strict=True) if rows else ((), (), (), ())
        stamps = [day and datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(days=day - 1) for day in days]
        numbers = range(first, first + len(rows))
        return pa.table([ids, codes, texts, [None] * len(rows), stamps, numbers], schema=Parts.SCHEMA)

    def held(self) -> list[tuple[int, str, str | None, float | None]]:
        """Return the target's rows as :meth:`rows` takes them."""
        epoch = datetime(2020, 1, 1, tzinfo=timezone.utc)
        return [
            (
                row["Id"],
                row["Code"].rstrip(),
                row["Name"],
                None if row["Changed"] is None else 1 + (row["Changed"] - epoch) / timedelta(days=1),
            )
            for row in self.lab.rows(self.target)
        ]

    def sync(self, *rows: tuple[Any, ...], stamped: bool = True) -> Any:
        """Stage and merge rows as one batch and return the counts."""
        target = self.target if stamped else self.unstamped
        staging = TableName(self.lab.options.staging_schema, f"Staging{uuid.uuid4().hex}")
        table = self.rows(*rows)
        self.lab.warehouse.stage(target, staging, table.to_reader(), len(table), dedupe=True)
        return self.lab.warehouse.merge(target, staging)

    def stage(self, *rows: tuple[Any, ...], batch: int = 0, first: int = 0, dedupe: bool = True) -> TableName:
        """Stage rows as one batch of the target's current operation."""
        return self.lab.stage(self.target, self.rows(*rows, first=first), batch, dedupe=dedupe)


@pytest.fixture
def parts(lab: Lab) -> Parts:
    """An empty table of parts."""
    lab.needs("MERGE")
    return Parts(lab)
