SELECT "LoadingOperation" FROM "data_sync"."Baseline" WHERE "TableSchema" = $1 AND "TableName" = $2 FOR SHARE
