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

from data_sync.warehouse.interface import ROW_NUMBER_COLUMN, Column, TableName, Target
from data_sync.warehouse.postgres import ddl
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
    Column("Document", "json", pa.string()),
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
    "gather": sql.gather(NAMES, [STAGING, OTHER], LOAD),
    "remember_rows": sql.remember_rows(STAGING, 1_000_000),
    "remembered_rows": sql.remembered_rows(STAGING),
    "count_new": sql.count_new(TARGET, STAGING),
    "is_empty": sql.is_empty(TABLE),
    "insert_all": sql.insert_all(TARGET, STAGING, COLUMNS),
    "merge": sql.merge(TARGET, STAGING, COLUMNS, newer_only=True),
    "merge_whatever_the_stamp": sql.merge(TARGET, LOAD, COLUMNS, newer_only=False),
    "merge_without_stamp": sql.merge(UNSTAMPED, STAGING, COLUMNS, newer_only=True),
    "merge_keys_alone": sql.merge(UNSTAMPED, STAGING, COLUMNS[:2], newer_only=True),
    "delete_missing": sql.delete_missing(TARGET, LOAD),
    "index_keys": sql.index_keys(TARGET, LOAD),
    "lock_for_writing": sql.lock_for_writing(TABLE),
    "loaded_batch": sql.loaded_batch("data_sync"),
    "record_batch": sql.record_batch("data_sync"),
    "current_load": sql.current_load("data_sync"),
    "record_copy": sql.record_copy("data_sync"),
    "lock_holder": sql.lock_holder(),
    "forget_batches": sql.forget_batches("data_sync"),
    "begin_truncate_load": sql.begin_truncate_load("data_sync"),
    "secondary_indexes": sql.secondary_indexes(),
    "remember_index": sql.remember_index("data_sync"),
    "remembered_indexes": sql.remembered_indexes("data_sync"),
    "forget_index": sql.forget_index("data_sync"),
    "columns_of": sql.columns_of(),
    "staging_tables": sql.staging_tables(),
    "schema_exists": ddl.schema_exists(),
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
    helpers = {"quote", "qualified", "names"}
    public = {
        name
        for module in (sql, ddl)
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__
    }
    rendered = public - helpers - {"column_type", "render"}
    assert {name for name in rendered if not any(known.startswith(name) for known in STATEMENTS)} == set()
    assert {file.stem for file in GOLDEN.glob("*.sql")} == set(STATEMENTS)


def test_an_identifier_cannot_end_its_quotes():
    assert sql.quote('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'
