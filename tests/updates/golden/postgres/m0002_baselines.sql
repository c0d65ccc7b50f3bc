ALTER TABLE "lo""g"."DataUpdate" ADD COLUMN IF NOT EXISTS "FailedTask" varchar(250);

ALTER TABLE "lo""g"."DataUpdate" ADD COLUMN IF NOT EXISTS "FailedPermanently" boolean;

ALTER TABLE "lo""g"."DataUpdate" ADD COLUMN IF NOT EXISTS "Reading" bigint;

ALTER TABLE "lo""g"."DataUpdate" ADD COLUMN IF NOT EXISTS "LookbackSeconds" bigint;

CREATE TABLE IF NOT EXISTS "lo""g"."Baseline" (
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

DROP TABLE IF EXISTS "lo""g"."LoadedBatch";

CREATE TABLE IF NOT EXISTS "lo""g"."LoadedBatch" (
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

DROP TABLE IF EXISTS "lo""g"."TableLoad";

