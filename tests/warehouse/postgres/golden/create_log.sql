CREATE TABLE IF NOT EXISTS "data_sync"."DataUpdate" (
  "Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "TableName" varchar(128) NOT NULL,
  "SourceSystem" varchar(128) NOT NULL,
  "UpdateType" varchar(16) NOT NULL,
  "StartDT" timestamptz NOT NULL,
  "EndDT" timestamptz,
  "WasSuccessful" boolean,
  "NumberRecords" bigint NOT NULL,
  "OperationId" varchar(32) NOT NULL,
  "ReferenceDT" timestamptz NOT NULL,
  "MinimumDT" timestamptz,
  "MaximumDT" timestamptz,
  "SourceReadDT" timestamptz,
  "AdvancesWatermark" boolean NOT NULL,
  "DagId" varchar(250) NOT NULL,
  "RunId" varchar(250) NOT NULL,
  "RunType" varchar(32) NOT NULL,
  "TryNumber" integer NOT NULL,
  "RowsFetched" bigint,
  "RowsStaged" bigint,
  "RowsInserted" bigint,
  "RowsUpdated" bigint,
  "RowsUnchanged" bigint,
  "RowsDeleted" bigint,
  "RequestedBy" varchar(250),
  "Reason" varchar(1000),
  "Error" varchar(4000)
);

CREATE TABLE IF NOT EXISTS "data_sync"."LoadedBatch" (
  "OperationId" varchar(32) NOT NULL,
  "Reading" bigint NOT NULL,
  "Batch" integer NOT NULL,
  "TableSchema" varchar(128) NOT NULL,
  "TableName" varchar(128) NOT NULL,
  "LoadedDT" timestamptz NOT NULL,
  "Staged" bigint NOT NULL,
  "Inserted" bigint NOT NULL,
  "Updated" bigint NOT NULL,
  "Unchanged" bigint NOT NULL,
  "Deleted" bigint NOT NULL,
  PRIMARY KEY ("OperationId", "TableSchema", "TableName", "Reading", "Batch")
);

CREATE TABLE IF NOT EXISTS "data_sync"."Baseline" (
  "TableSchema" varchar(128) NOT NULL,
  "TableName" varchar(128) NOT NULL,
  "Identity" varchar(128),
  "HeldRows" boolean NOT NULL,
  "Definition" text,
  "IsComplete" boolean NOT NULL,
  "LastReading" bigint NOT NULL,
  "Reading" bigint NOT NULL,
  "FullReading" bigint NOT NULL,
  "ReadFromDT" timestamptz,
  "OperationId" varchar(32),
  "LoadingOperation" varchar(64),
  "ChangedDT" timestamptz NOT NULL,
  PRIMARY KEY ("TableSchema", "TableName")
);

CREATE TABLE IF NOT EXISTS "data_sync"."DisabledIndex" (
  "TableSchema" varchar(128) NOT NULL,
  "TableName" varchar(128) NOT NULL,
  "IndexName" varchar(128) NOT NULL,
  "Definition" text,
  "DisabledDT" timestamptz NOT NULL,
  PRIMARY KEY ("TableSchema", "TableName", "IndexName")
);

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Table" ON "data_sync"."DataUpdate"
("TableName", "UpdateType", "ReferenceDT");

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Running" ON "data_sync"."DataUpdate"
("TableName") WHERE "NumberRecords" = -2;

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Operation" ON "data_sync"."DataUpdate" ("OperationId");

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Latest" ON "data_sync"."DataUpdate"
("TableName", "UpdateType", "WasSuccessful", "AdvancesWatermark", "ReferenceDT", "Id", "SourceReadDT");

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_History" ON "data_sync"."DataUpdate" ("TableName", "Id");

CREATE OR REPLACE VIEW "data_sync"."LastDataUpdates" AS
SELECT "TableName", "SourceSystem", "UpdateType",
  MAX("ReferenceDT") AS "ReferenceDT", MAX("SourceReadDT") AS "SourceReadDT",
  MAX("StartDT") AS "StartDT", MAX("EndDT") AS "EndDT"
FROM "data_sync"."DataUpdate"
WHERE "WasSuccessful" AND "AdvancesWatermark"
GROUP BY 1, 2, 3
