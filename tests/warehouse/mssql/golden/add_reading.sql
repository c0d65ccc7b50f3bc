UPDATE "data_sync"."Baseline" SET "LastReading" = "LastReading" + 1 WHERE "TableSchema" = %(schema)s AND "TableName" = %(name)s
