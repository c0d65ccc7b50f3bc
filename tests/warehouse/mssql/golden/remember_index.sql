INSERT INTO "data_sync"."DisabledIndex" ("TableSchema", "TableName", "IndexName", "Definition", "DisabledDT") VALUES (%(schema)s, %(name)s, %(index)s, %(definition)s, %(now)s)
