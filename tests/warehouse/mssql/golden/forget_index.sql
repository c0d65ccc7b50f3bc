DELETE FROM "data_sync"."DisabledIndex" WHERE "TableSchema" = %(schema)s AND "TableName" = %(name)s AND "IndexName" = %(index)s
