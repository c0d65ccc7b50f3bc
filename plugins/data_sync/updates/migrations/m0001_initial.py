"""Version 1: the log as it was before it had versions.

A log without a version is taken for this one. In PostgreSQL its ``LoadedBatch.StagingTable`` took 200
characters.
"""

from __future__ import annotations

from data_sync.warehouse.migration import (
    BIGINT,
    FLAG,
    IDENTITY,
    INSTANT,
    INT,
    LONG_TEXT,
    CreateIndex,
    CreateTable,
    Migration,
    ReplaceView,
    ascii_text,
    optional,
    required,
    text,
)

_DATA_UPDATE = CreateTable(
    "DataUpdate",
    (
        required("Id", IDENTITY),
        required("TableName", text(128)),
        required("SourceSystem", text(128)),
        required("UpdateType", text(16)),
        required("StartDT", INSTANT),
        optional("EndDT", INSTANT),
        optional("WasSuccessful", FLAG),
        required("NumberRecords", BIGINT),
        required("OperationId", ascii_text(32)),
        required("ReferenceDT", INSTANT),
        optional("MinimumDT", INSTANT),
        optional("MaximumDT", INSTANT),
        optional("SourceReadDT", INSTANT),
        required("AdvancesWatermark", FLAG),
        required("DagId", text(250)),
        required("RunId", text(250)),
        required("RunType", text(32)),
        required("TryNumber", INT),
        optional("RowsFetched", BIGINT),
        optional("RowsStaged", BIGINT),
        optional("RowsInserted", BIGINT),
        optional("RowsUpdated", BIGINT),
        optional("RowsUnchanged", BIGINT),
        optional("RowsDeleted", BIGINT),
        optional("RequestedBy", text(250)),
        optional("Reason", text(1000)),
        optional("Error", text(4000)),
    ),
    ("Id",),
)

_LOADED_BATCH = CreateTable(
    "LoadedBatch",
    (
        required("StagingTable", text(300)),
        required("LoadedDT", INSTANT),
        required("Staged", BIGINT),
        required("Inserted", BIGINT),
        required("Updated", BIGINT),
        required("Unchanged", BIGINT),
        required("Deleted", BIGINT),
    ),
    ("StagingTable",),
)

_TABLE_LOAD = CreateTable(
    "TableLoad",
    (
        required("TableSchema", text(128)),
        required("TableName", text(128)),
        required("OperationId", text(64)),
        required("StartedDT", INSTANT),
    ),
    ("TableSchema", "TableName"),
)

_DISABLED_INDEX = CreateTable(
    "DisabledIndex",
    (
        required("TableSchema", text(128)),
        required("TableName", text(128)),
        required("IndexName", text(128)),
        optional("Definition", LONG_TEXT),
        required("DisabledDT", INSTANT),
    ),
    ("TableSchema", "TableName", "IndexName"),
)

_INDEXES = (
    CreateIndex("IX_DataUpdate_Table", "DataUpdate", ("TableName", "UpdateType", "ReferenceDT")),
    CreateIndex("IX_DataUpdate_Running", "DataUpdate", ("TableName",), where=("NumberRecords", -2)),
    CreateIndex("IX_DataUpdate_Operation", "DataUpdate", ("OperationId",)),
    CreateIndex(
        "IX_DataUpdate_Latest",
        "DataUpdate",
        (
            "TableName",
            "UpdateType",
            "WasSuccessful",
            "AdvancesWatermark",
            "ReferenceDT",
            "Id",
            "SourceReadDT",
        ),
    ),
    CreateIndex("IX_DataUpdate_History", "DataUpdate", ("TableName", "Id")),
)

_LAST_DATA_UPDATES = ReplaceView(
    "LastDataUpdates",
    """\
SELECT "TableName", "SourceSystem", "UpdateType",
  MAX("ReferenceDT") AS "ReferenceDT", MAX("SourceReadDT") AS "SourceReadDT",
  MAX("StartDT") AS "StartDT", MAX("EndDT") AS "EndDT"
FROM {schema}."DataUpdate"
WHERE "WasSuccessful" = {true} AND "AdvancesWatermark" = {true}
GROUP BY "TableName", "SourceSystem", "UpdateType\"""",
)

MIGRATION = Migration(
    (_DATA_UPDATE, _LOADED_BATCH, _TABLE_LOAD, _DISABLED_INDEX, *_INDEXES, _LAST_DATA_UPDATES)
)
