CREATE TABLE IF NOT EXISTS "lo""g"."DataUpdate" (
  "Id" bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
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
  "Error" varchar(4000),
  PRIMARY KEY ("Id")
);

CREATE TABLE IF NOT EXISTS "lo""g"."LoadedBatch" (
  "StagingTable" varchar(300) NOT NULL,
  "LoadedDT" timestamptz NOT NULL,
  "Staged" bigint NOT NULL,
  "Inserted" bigint NOT NULL,
  "Updated" bigint NOT NULL,
  "Unchanged" bigint NOT NULL,
  "Deleted" bigint NOT NULL,
  PRIMARY KEY ("StagingTable")
);

CREATE TABLE IF NOT EXISTS "lo""g"."TableLoad" (
  "TableSchema" varchar(128) NOT NULL,
  "TableName" varchar(128) NOT NULL,
  "OperationId" varchar(64) NOT NULL,
  "StartedDT" timestamptz NOT NULL,
  PRIMARY KEY ("TableSchema", "TableName")
);

CREATE TABLE IF NOT EXISTS "lo""g"."DisabledIndex" (
  "TableSchema" varchar(128) NOT NULL,
  "TableName" varchar(128) NOT NULL,
  "IndexName" varchar(128) NOT NULL,
  "Definition" text,
  "DisabledDT" timestamptz NOT NULL,
  PRIMARY KEY ("TableSchema", "TableName", "IndexName")
);

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Table" ON "lo""g"."DataUpdate" ("TableName", "UpdateType", "ReferenceDT");

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Running" ON "lo""g"."DataUpdate" ("TableName") WHERE "NumberRecords" = -2;

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Operation" ON "lo""g"."DataUpdate" ("OperationId");

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_Latest" ON "lo""g"."DataUpdate" ("TableName", "UpdateType", "WasSuccessful", "AdvancesWatermark", "ReferenceDT", "Id", "SourceReadDT");

CREATE INDEX IF NOT EXISTS "IX_DataUpdate_History" ON "lo""g"."DataUpdate" ("TableName", "Id");

CREATE OR REPLACE VIEW "lo""g"."LastDataUpdates" AS
SELECT "TableName", "SourceSystem", "UpdateType",
  MAX("ReferenceDT") AS "ReferenceDT", MAX("SourceReadDT") AS "SourceReadDT",
  MAX("StartDT") AS "StartDT", MAX("EndDT") AS "EndDT"
FROM "lo""g"."DataUpdate"
WHERE "WasSuccessful" = TRUE AND "AdvancesWatermark" = TRUE
GROUP BY "TableName", "SourceSystem", "UpdateType";

