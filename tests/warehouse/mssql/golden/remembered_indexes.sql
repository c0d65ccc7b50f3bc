SELECT "IndexName", "Definition" FROM "data_sync"."DisabledIndex" WHERE "TableSchema" = %(schema)s AND "TableName" = %(name)s ORDER BY "IndexName"
