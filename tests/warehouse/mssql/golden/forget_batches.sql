DELETE FROM "data_sync"."LoadedBatch" WHERE "OperationId" = %(operation)s AND "TableSchema" = %(schema)s AND "TableName" = %(name)s AND "Reading" = %(reading)s
