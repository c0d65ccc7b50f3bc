"""A SQL Server under test, which may lack what SQL Server has."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.databases.lab import Lab, lab_at, quote, quoted

from data_sync.errors import LockTimeout, PermanentError
from data_sync.warehouse.interface import TableName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


@contextmanager
def mssql_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The SQL Server endpoint named by DATA_SYNC_TEST_MSSQL, an Airflow connection URI."""
    if not os.environ.get("DATA_SYNC_TEST_MSSQL"):
        pytest.skip("DATA_SYNC_TEST_MSSQL is not set; write a connection URI such as mssql://user:pw@host/db")
    uri = os.environ["DATA_SYNC_TEST_MSSQL"]
    with lab_at(uri, MSSQL_TYPES, _mssql_indexes, _drop_mssql_schemas) as lab:
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
