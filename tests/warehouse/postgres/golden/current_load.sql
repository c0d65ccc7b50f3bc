SELECT "OperationId" FROM "data_sync"."TableLoad" WHERE "TableSchema" = $1 AND "TableName" = $2 FOR SHARE
