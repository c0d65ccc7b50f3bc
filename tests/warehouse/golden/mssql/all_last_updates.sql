SELECT "TableName", "UpdateType", "ReferenceDT", "SourceReadDT" FROM "data_sync"."LastDataUpdates" ORDER BY "TableName", "UpdateType"
