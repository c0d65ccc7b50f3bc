DELETE FROM "data_sync"."LoadedBatch" WHERE starts_with("StagingTable", %(prefix)s)
