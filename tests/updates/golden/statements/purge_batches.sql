DELETE FROM "data_sync"."LoadedBatch" WHERE "LoadedDT" < %(before)s
