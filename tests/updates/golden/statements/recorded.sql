SELECT "Version", "PackageVersion" FROM "data_sync"."SchemaVersion" ORDER BY "Version" DESC
