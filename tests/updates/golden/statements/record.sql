INSERT INTO "data_sync"."SchemaVersion" ("Version", "AppliedDT", "PackageVersion") VALUES (%(Version)s, %(AppliedDT)s, %(PackageVersion)s)
