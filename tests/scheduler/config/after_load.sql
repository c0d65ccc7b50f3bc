INSERT INTO audit.loads ("TableName", "OperationId") VALUES (%(table_name)s, %(operation_id)s)
ON CONFLICT ("TableName") DO UPDATE SET "OperationId" = excluded."OperationId"
