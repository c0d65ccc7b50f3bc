INSERT INTO audit.loads ("TableName", "OperationId") VALUES (:table_name, :operation_id)
ON CONFLICT ("TableName") DO UPDATE SET "OperationId" = excluded."OperationId"
