SELECT "UpdateType", "ReferenceDT", "SourceReadDT" FROM "data_sync"."LastDataUpdates" WHERE "TableName" = %(TableName)s ORDER BY "UpdateType"
