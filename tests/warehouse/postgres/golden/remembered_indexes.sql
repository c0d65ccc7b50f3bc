SELECT "IndexName" AS name, "Definition" AS definition FROM "data_sync"."DisabledIndex" WHERE "TableSchema" = %(schema)s AND "TableName" = %(name)s ORDER BY "IndexName" FOR UPDATE
