"""Every statement for PostgreSQL, compared with a file and parsed by a grammar of its own.

DATA_SYNC_UPDATE_GOLDEN=1 writes the files anew; read the difference before committing it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import sqlglot

from data_sync.warehouse import bookkeeping_sql
from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, TableName, Target
from data_sync.warehouse.postgres import catalog, ddl, lock, swap_sql, truncate_sql
from data_sync.warehouse.postgres import staging_sql as sql

GOLDEN = Path(__file__).parent / "golden"

TABLE = TableName("dbo", 'Work"Order')
STAGING = TableName("staging", "StagingWorkOrder_0123456789abcdef_0_1")
OTHER = replace(STAGING, name="StagingWorkOrder_0123456789abcdef_1_1")
LOAD = replace(STAGING, name=STAGING.name + "_L")
TARGET = Target(TABLE, ("OrderNumber", "Plant"), "Changed")
UNSTAMPED = replace(TARGET, last_update_column=None)
COLUMNS = [
    Column("OrderNumber", "bigint", pa.int64(), nullable=False),
    Column("Plant", "character varying(12)", pa.string(), nullable=False),
    Column("Description", "character varying(30)", pa.string(), collation='dbo."caseless"'),
    Column("Document", "json", pa.string(), has_equality=False),
    Column("Quantity", "numeric(15,4)", pa.decimal128(15, 4)),
    Column("Changed", "timestamp with time zone", pa.timestamp("us", "UTC")),
]
NAMES = [column.name for column in COLUMNS]
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

STATEMENTS = {
    "create_staging": sql.create_staging(STAGING, COLUMNS),
    "drop": sql.drop(STAGING),
    "count_with_null_keys": sql.count_with_null_keys(STAGING, TARGET.keys),
    "dedupe": sql.dedupe(TARGET, STAGING),
    "dedupe_without_stamp": sql.dedupe(UNSTAMPED, STAGING),
    "gather": swap_sql.gather(NAMES, [STAGING, OTHER], LOAD),
    "remember_rows": sql.remember_rows(STAGING, 1_000_000),
    "remembered_rows": sql.remembered_rows(),
    "count_rows": sql.count_rows(STAGING),
    "count_pairs": sql.count_pairs(TARGET, STAGING),
    "is_empty": sql.is_empty(TABLE),
    "insert_all": sql.insert_all(TARGET, STAGING, COLUMNS),
    "update_changed": sql.update_changed(TARGET, STAGING, COLUMNS, newer_only=True),
    "update_changed_whatever_the_stamp": sql.update_changed(TARGET, LOAD, COLUMNS, newer_only=False),
    "update_changed_without_stamp": sql.update_changed(UNSTAMPED, STAGING, COLUMNS, newer_only=True),
    "delete_changed": sql.delete_changed(TARGET, STAGING, COLUMNS, newer_only=True),
    "insert_new": sql.insert_new(TARGET, STAGING, COLUMNS),
    "delete_missing": swap_sql.delete_missing(TARGET, LOAD),
    "index_keys": swap_sql.index_keys(TARGET, LOAD),
    "lock_for_writing": sql.lock_for_writing(TABLE),
    "current_load": truncate_sql.current_load("data_sync"),
    "record_copy": truncate_sql.record_copy("data_sync"),
    "holders": lock.holders(),
    "identity": catalog.identity(),
    "has_unique_keys": catalog.has_unique_keys(),
    "schema_exists": catalog.schema_exists(),
    "secondary_indexes": catalog.secondary_indexes(),
    "columns_of": catalog.columns_of(),
    "staging_tables": catalog.staging_tables(),
    "create_schema": ddl.create_schema('sta"ging'),
    "create_target": ddl.create_target(TARGET, FETCHED),
}

UNKNOWN_TO_THE_GRAMMAR = {"lock_for_writing"}


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_statement_is_as_reviewed(name):
    file = GOLDEN / f"{name}.sql"
    if os.environ.get("DATA_SYNC_UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(STATEMENTS[name] + "\n", encoding="utf-8")
    assert STATEMENTS[name] + "\n" == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(STATEMENTS.keys() - UNKNOWN_TO_THE_GRAMMAR))
def test_the_statement_is_postgresql(name):
    parsed = sqlglot.parse(STATEMENTS[name], dialect="postgres", error_level=sqlglot.ErrorLevel.RAISE)
    assert parsed
    assert not any(isinstance(statement, sqlglot.exp.Command) for statement in parsed)


def test_every_rendering_function_has_a_golden_file():
    helpers = {"qualified", "names", "same_key"}
    public = {
        name
        for module in (sql, ddl, catalog, swap_sql, truncate_sql)
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__
    }
    rendered = public - helpers - {"column_type", "render"}
    assert {name for name in rendered if not any(known.startswith(name) for known in STATEMENTS)} == set()
    assert {file.stem for file in GOLDEN.glob("*.sql")} == set(STATEMENTS)


def test_an_identifier_cannot_end_its_quotes():
    assert bookkeeping_sql.quote('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'
