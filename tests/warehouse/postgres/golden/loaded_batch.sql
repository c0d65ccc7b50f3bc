SELECT "Staged", "Inserted", "Updated", "Unchanged", "Deleted" FROM "data_sync"."LoadedBatch" WHERE "StagingTable" = %(name)s
