"""Every statement for SQL Server, compared with a file and parsed by two T-SQL grammars.

DATA_SYNC_UPDATE_GOLDEN=1 writes the files anew; read the difference before committing it.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import sqlglot
from sqlfluff.core import Linter

from data_sync.warehouse import bookkeeping_sql
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, TableName, Target
from data_sync.warehouse.mssql import catalog as mssql_catalog
from data_sync.warehouse.mssql import ddl as mssql_ddl
from data_sync.warehouse.mssql import lock as mssql_lock
from data_sync.warehouse.mssql import session as mssql_session
from data_sync.warehouse.mssql import staging_sql as mssql_sql
from data_sync.warehouse.mssql import swap_sql as mssql_full_sql

GOLDEN = Path(__file__).parent / "golden"
MODULES = (
    bookkeeping_sql, mssql_catalog, mssql_ddl, mssql_full_sql, mssql_lock, mssql_sql,
)  # fmt: skip

TABLE = TableName("dbo", "Work Order")
STAGING = TableName("staging", "StagingWorkOrder_0123456789abcdef_0_1")
COPY = replace(STAGING, name=STAGING.name + "_R")
OTHER = replace(STAGING, name="StagingWorkOrder_0123456789abcdef_1_1")
LOAD = replace(STAGING, name=STAGING.name + "_L")
OLD = replace(STAGING, name=STAGING.name + "_O")
CHANGED = replace(STAGING, name=STAGING.name + "_C")
MISSING = replace(STAGING, name=STAGING.name + "_D")
TARGET = Target(TABLE, ("OrderNumber", "Plant"), "Changed")
UNSTAMPED = replace(TARGET, last_update_column=None)
LATIN = "SQL_Latin1_General_CP1_CI_AS"
COLUMNS = [
    Column("OrderNumber", "bigint", pa.int64(), nullable=False),
    Column("Plant", "nvarchar(12)", pa.string(), nullable=False, max_length=12, collation=LATIN),
    Column("Description", "varchar(30)", pa.string(), max_length=30, collation="Polish_CI_AS"),
    Column("Note", "nvarchar(max)", pa.string(), collation=LATIN),
    Column("Picture", "varbinary(max)", pa.binary()),
    Column("Quantity", "decimal(15,4)", pa.decimal128(15, 4)),
    Column("Price", "money", pa.decimal128(19, 4)),
    Column("Started", "datetime", pa.timestamp("us")),
    Column("Shift", "time(0)", pa.time64("us")),
    Column("Changed", "datetime2(6)", pa.timestamp("us")),
]
FETCHED = pa.schema(
    [
        pa.field("OrderNumber", pa.int64()),
        pa.field("Plant", pa.string(), metadata={"max_length": "12"}),
        pa.field("Note", pa.large_string()),
        pa.field("Quantity", pa.decimal128(15, 4)),
        pa.field("Rate", pa.float32()),
        pa.field("Ratio", pa.float64()),
        pa.field("Tiny", pa.uint8()),
        pa.field("Small", pa.int16()),
        pa.field("Medium", pa.int32()),
        pa.field("Huge", pa.uint64()),
        pa.field("Closed", pa.bool_()),
        pa.field("Day", pa.date32()),
        pa.field("At", pa.time64("us")),
        pa.field("Changed", pa.timestamp("us")),
        pa.field("Raw", pa.binary(16)),
        pa.field("Picture", pa.large_binary()),
        pa.field("Nothing", pa.null()),
        pa.field(ROW_NUMBER_COLUMN, pa.int64()),
    ]
)


def index_column(index_id, name, column, **changes):
    row = {
        "index_id": index_id, "name": name, "type": 2, "is_unique": False, "is_primary_key": False,
        "is_unique_constraint": False, "filter_definition": None, "column_name": column,
        "is_descending_key": False, "is_included_column": False, "compression": "PAGE",
        "filegroup": "PRIMARY", "lob_filegroup": "LOB DATA",
    }  # fmt: skip
    return row | changes


PRIMARY = {"type": 1, "is_unique": True, "is_primary_key": True}
INDEXES = [
    index_column(1, "PK", "OrderNumber", **PRIMARY),
    index_column(1, "PK", "Plant", **PRIMARY),
    index_column(2, "UQ", "Price", is_unique=True, is_unique_constraint=True),
    index_column(3, "IX", "Changed", is_descending_key=True, filter_definition="([Price]>(0))"),
    index_column(3, "IX", "Note", is_included_column=True, filter_definition="([Price]>(0))"),
    index_column(4, "UX", "Started", is_unique=True),
]
HEAP = [index_column(0, None, None, type=0, compression="NONE", lob_filegroup=None)]
CHECKS = [{"name": "CK", "definition": "([Quantity]>=(0))"}]
TWIN = mssql_full_sql.create_twin(LOAD, COLUMNS, INDEXES, CHECKS)
LOG = "data_sync"

STATEMENTS = {
    "session_settings": mssql_session.settings(timedelta(minutes=30)),
    # staging and merge
    "create_copy": mssql_sql.create_copy(COPY, COLUMNS),
    "create_staging": mssql_sql.create_staging(STAGING, COLUMNS),
    "create_staging_without_number": mssql_sql.create_staging(MISSING, COLUMNS[:2], numbered=False),
    "drop": mssql_sql.drop(STAGING),
    "count_rows": mssql_sql.count_rows(STAGING),
    "check_copy": mssql_sql.check_copy(COPY, TARGET.keys, COLUMNS),
    "dedupe": mssql_sql.dedupe(TARGET, COLUMNS, [COPY], STAGING),
    "dedupe_several_without_stamp": mssql_sql.dedupe(
        UNSTAMPED, COLUMNS, [STAGING, OTHER], LOAD, numbered=False
    ),
    "holds_rows": mssql_sql.holds_rows(TABLE),
    "any_row": mssql_sql.any_row(TABLE),
    "count_new": mssql_sql.count_new(TARGET, STAGING),
    "insert_all": mssql_sql.insert_all(TARGET, STAGING, COLUMNS),
    "counted_insert_all": mssql_sql.counted(mssql_sql.insert_all(TARGET, STAGING, COLUMNS)),
    "merge": mssql_sql.counted(mssql_sql.merge(TARGET, STAGING, COLUMNS, newer_only=True)),
    "merge_without_stamp": mssql_sql.counted(mssql_sql.merge(UNSTAMPED, STAGING, COLUMNS, newer_only=True)),
    "merge_keys_alone": mssql_sql.counted(mssql_sql.merge(UNSTAMPED, STAGING, COLUMNS[:2], newer_only=True)),
    "merge_collected": mssql_sql.merge(TARGET, CHANGED, COLUMNS, newer_only=False, hints="TABLOCKX") + ";",
    # full loads
    "index_keys": mssql_sql.index_keys(TARGET, LOAD, COLUMNS),
    "collect_missing": mssql_sql.counted(mssql_full_sql.collect_missing(TARGET, LOAD, MISSING)),
    "collect_changed": mssql_sql.counted(mssql_full_sql.collect_changed(TARGET, LOAD, CHANGED, COLUMNS)),
    "collect_changed_keys_alone": mssql_sql.counted(
        mssql_full_sql.collect_changed(TARGET, LOAD, CHANGED, COLUMNS[:2])
    ),
    "delete_collected": mssql_full_sql.delete_collected(TARGET, MISSING),
    "delete_collected_nullable": mssql_full_sql.delete_collected(TARGET, MISSING, ["Plant"]),
    "lock_readers_out": mssql_full_sql.lock_readers_out(TABLE),
    "create_twin": TWIN.empty[0],
    "create_twin_constraints": ";\n\n".join(TWIN.empty[1:]),
    "create_twin_indexes": ";\n\n".join(TWIN.filled),
    "create_twin_of_heap": ";\n\n".join(mssql_full_sql.create_twin(LOAD, COLUMNS, HEAP, []).empty),
    "switch": mssql_full_sql.switch(TABLE, OLD, 30),
    "update_statistics": mssql_full_sql.update_statistics(TABLE),
    "truncate": mssql_full_sql.truncate(TABLE),
    "delete_some": mssql_full_sql.delete_some(TABLE, 100_000),
    "disable_index": mssql_full_sql.disable_index(TABLE, "IX Work Order"),
    "rebuild_index": mssql_full_sql.rebuild_index(TABLE, "IX Work Order"),
    # the package's own tables
    "baseline": bookkeeping_sql.baseline(LOG),
    "all_baselines": bookkeeping_sql.all_baselines(LOG),
    "add_reading": bookkeeping_sql.add_reading(LOG),
    "last_reading": bookkeeping_sql.last_reading(LOG),
    "change_baseline": bookkeeping_sql.change_baseline(LOG),
    "add_baseline": bookkeeping_sql.add_baseline(LOG),
    "loaded_batch": bookkeeping_sql.loaded_batch(LOG),
    "loaded_batches": bookkeeping_sql.loaded_batches(LOG),
    "record_batch": bookkeeping_sql.record_batch(LOG),
    "forget_batches": bookkeeping_sql.forget_batches(LOG),
    "remember_index": bookkeeping_sql.remember_index(LOG),
    "remembered_indexes": bookkeeping_sql.remembered_indexes(LOG),
    "forget_index": bookkeeping_sql.forget_index(LOG),
    # catalog
    "columns_of": mssql_catalog.columns_of(),
    "schema_exists": mssql_catalog.schema_exists(),
    "identity": mssql_catalog.identity(),
    "staging_tables": mssql_catalog.staging_tables(),
    "secondary_indexes": mssql_catalog.secondary_indexes(),
    "index_exists": mssql_catalog.index_exists(),
    "indexes": mssql_catalog.indexes(),
    "check_constraints": mssql_catalog.check_constraints(),
    "switch_obstacles": mssql_catalog.switch_obstacles(),
    # locks
    "acquire": mssql_lock.acquire(),
    "acquire_for_the_transaction": mssql_lock.acquire("Transaction"),
    "hasten": mssql_lock.hasten(timedelta(seconds=2)),
    "relax": mssql_lock.relax(timedelta(minutes=30)),
    "release": mssql_lock.release(),
    # tables
    "create_schema": mssql_ddl.create_schema("sta ging"),
    "create_target": mssql_ddl.create_target(TARGET, FETCHED),
}

HELPERS = {
    "quote", "qualified", "names", "text", "counted", "same_key", "differs", "column_type", "resource",
    "take", "comparable", "copied_type", "is_coded", "survives", "Twin", "milliseconds",
    "render", "take_for_writing", "patiently", "changing", "is_text", "is_unbounded",
}  # fmt: skip
UNKNOWN_TO_SQLGLOT = {
    "create_twin", "create_twin_indexes", "switch", "update_statistics", "disable_index", "rebuild_index",
}  # fmt: skip


def as_sent(name):
    """The statement with its parameters as variables, which is how a server sees them."""
    return re.sub(r"%\((\w+)\)s", r"@\1", STATEMENTS[name])


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_statement_is_as_reviewed(name):
    file = GOLDEN / f"{name}.sql"
    if os.environ.get("DATA_SYNC_UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(STATEMENTS[name] + "\n", encoding="utf-8")
    assert STATEMENTS[name] + "\n" == file.read_text(encoding="utf-8")


def parsed_by_sqlglot(name):
    # The one thing that it does not know about INSERT are table hints.
    statement = as_sent(name).replace(" WITH (TABLOCK) (", " (")
    return sqlglot.parse(statement, dialect="tsql", error_level=sqlglot.ErrorLevel.RAISE)


@pytest.mark.parametrize("name", sorted(STATEMENTS.keys() - UNKNOWN_TO_SQLGLOT))
def test_sqlglot_takes_the_statement_for_t_sql(name):
    parsed = parsed_by_sqlglot(name)
    assert parsed
    assert not any(isinstance(statement, sqlglot.exp.Command) for statement in parsed)


@pytest.mark.parametrize("name", sorted(UNKNOWN_TO_SQLGLOT))
def test_sqlglot_does_not_know_the_statement_yet(name):
    assert any(isinstance(statement, sqlglot.exp.Command) for statement in parsed_by_sqlglot(name))


@pytest.fixture(scope="module")
def linter():
    return Linter(dialect="tsql")


@pytest.mark.parametrize("name", STATEMENTS)
def test_sqlfluff_takes_the_statement_for_t_sql(linter, name):
    parsed = linter.parse_string(as_sent(name))
    assert not parsed.violations
    assert parsed.tree is not None
    assert "unparsable" not in parsed.tree.type_set()


def test_the_script_of_grants_is_t_sql(linter):
    script = Path(__file__).parents[3] / "include" / "sql" / "mssql" / "grants.sql"
    parsed = linter.parse_string(script.read_text(encoding="utf-8"))
    assert not parsed.violations
    assert "unparsable" not in parsed.tree.type_set()


def test_every_rendering_function_has_a_golden_file():
    rendered = {
        name
        for module in MODULES
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__
    }
    rendered -= HELPERS
    assert {name for name in rendered if not any(known.startswith(name) for known in STATEMENTS)} == set()
    assert {file.stem for file in GOLDEN.glob("*.sql")} == set(STATEMENTS)


def test_no_statement_needs_more_than_sql_server_2016():
    later = r"\b(STRING_AGG|TRIM|CONCAT_WS|TRANSLATE|STRING_SPLIT|GREATEST|LEAST|GENERATE_SERIES|DATETRUNC|JSON_OBJECT)\s*\(|IS\s+(NOT\s+)?DISTINCT\s+FROM|CREATE\s+OR\s+ALTER"  # noqa: E501
    assert [name for name, text in STATEMENTS.items() if re.search(later, text, re.IGNORECASE)] == []


def test_an_identifier_cannot_end_its_brackets():
    assert mssql_sql.quote("a]; DROP TABLE x; --") == "[a]]; DROP TABLE x; --]"


def test_a_literal_cannot_end_its_quotes():
    assert mssql_sql.text("a'; DROP TABLE x; --") == "N'a''; DROP TABLE x; --'"
