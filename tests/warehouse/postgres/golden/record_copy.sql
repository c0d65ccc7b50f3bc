INSERT INTO "data_sync"."LoadedBatch" ("StagingTable", "LoadedDT", "Staged", "Inserted", "Updated", "Unchanged", "Deleted") VALUES ($1, now(), $2, $2, 0, 0, 0)
