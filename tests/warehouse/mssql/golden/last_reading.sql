SELECT "LastReading" FROM "data_sync"."Baseline" WHERE "TableSchema" = %(schema)s AND "TableName" = %(name)s
