SELECT "Id", "TableName", "SourceSystem", "UpdateType", "DagId", "RunId", "OperationId", "StartDT", "TryNumber" FROM "data_sync"."DataUpdate" WHERE "NumberRecords" = %(running)s ORDER BY "Id"
