SELECT MAX(v."Version") AS "Version", (SELECT COUNT(*) AS found FROM sys.schemas WHERE name = %(name)s) AS "Schemas"
FROM "data_sync"."SchemaVersion" AS v
WHERE 1 = 1
  AND NOT EXISTS (SELECT t."Id", t."TableName", t."SourceSystem", t."UpdateType", t."StartDT", t."EndDT", t."WasSuccessful", t."NumberRecords", t."OperationId", t."ReferenceDT", t."MinimumDT", t."MaximumDT", t."SourceReadDT", t."AdvancesWatermark", t."DagId", t."RunId", t."RunType", t."TryNumber", t."RowsFetched", t."RowsStaged", t."RowsInserted", t."RowsUpdated", t."RowsUnchanged", t."RowsDeleted", t."RequestedBy", t."Reason", t."Error", t."FailedTask", t."FailedPermanently", t."Reading", t."LookbackSeconds" FROM "data_sync"."DataUpdate" AS t WHERE 1 = 0)
  AND NOT EXISTS (SELECT t."TableSchema", t."TableName", t."IndexName", t."Definition", t."DisabledDT" FROM "data_sync"."DisabledIndex" AS t WHERE 1 = 0)
  AND NOT EXISTS (SELECT t."TableSchema", t."TableName", t."Identity", t."HeldRows", t."Definition", t."IsComplete", t."LastReading", t."Reading", t."FullReading", t."ReadFromDT", t."OperationId", t."LoadingOperation", t."ChangedDT" FROM "data_sync"."Baseline" AS t WHERE 1 = 0)
  AND NOT EXISTS (SELECT t."OperationId", t."Reading", t."Batch", t."TableSchema", t."TableName", t."LoadedDT", t."Staged", t."Inserted", t."Updated", t."Unchanged", t."Deleted" FROM "data_sync"."LoadedBatch" AS t WHERE 1 = 0)
  AND NOT EXISTS (SELECT 1 AS one FROM "data_sync"."LastDataUpdates" AS t WHERE 1 = 0)
