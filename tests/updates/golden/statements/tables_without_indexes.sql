SELECT DISTINCT "TableSchema", "TableName" FROM "data_sync"."DisabledIndex" ORDER BY "TableSchema", "TableName"
