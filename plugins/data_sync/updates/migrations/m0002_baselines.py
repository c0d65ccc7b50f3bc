"""Version 2: the baseline of each target, and failures as facts.

``Baseline`` holds what the log may build on: which physical table was loaded, from which definition, by
which reading. It takes over from ``TableLoad`` which truncate load is under way. ``LoadedBatch`` is keyed by
operation, target, reading and batch; -1 as the batch stands for the load as a whole. Its rows and those of
``TableLoad`` are dropped: they matter only to updates that are in flight, which are to be cleared from their
fetch on.
"""

from __future__ import annotations

from data_sync.warehouse.migration import (
    BIGINT,
    FLAG,
    INSTANT,
    INT,
    LONG_TEXT,
    AddColumn,
    CreateTable,
    DropTable,
    Migration,
    ascii_text,
    optional,
    required,
    text,
)

_BASELINE = CreateTable(
    "Baseline",
    (
        required("TableSchema", text(128)),
        required("TableName", text(128)),
        optional("Identity", text(128)),
        required("HeldRows", FLAG),
        optional("Definition", LONG_TEXT),
        required("IsComplete", FLAG),
        required("LastReading", BIGINT),
        required("Reading", BIGINT),
        required("FullReading", BIGINT),
        optional("ReadFromDT", INSTANT),
        optional("OperationId", ascii_text(32)),
        optional("LoadingOperation", ascii_text(64)),
        required("ChangedDT", INSTANT),
    ),
    ("TableSchema", "TableName"),
)

_LOADED_BATCH = CreateTable(
    "LoadedBatch",
    (
        required("OperationId", ascii_text(32)),
        required("Reading", BIGINT),
        required("Batch", INT),
        required("TableSchema", text(128)),
        required("TableName", text(128)),
        required("LoadedDT", INSTANT),
        required("Staged", BIGINT),
        required("Inserted", BIGINT),
        required("Updated", BIGINT),
        required("Unchanged", BIGINT),
        required("Deleted", BIGINT),
    ),
    ("OperationId", "TableSchema", "TableName", "Reading", "Batch"),
)

MIGRATION = Migration(
    (
        AddColumn("DataUpdate", optional("FailedTask", text(250))),
        AddColumn("DataUpdate", optional("FailedPermanently", FLAG)),
        AddColumn("DataUpdate", optional("Reading", BIGINT)),
        AddColumn("DataUpdate", optional("LookbackSeconds", BIGINT)),
        _BASELINE,
        DropTable("LoadedBatch"),
        _LOADED_BATCH,
        DropTable("TableLoad"),
    )
)
