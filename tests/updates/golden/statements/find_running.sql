SELECT MAX("Id") AS "Id" FROM "data_sync"."DataUpdate" WHERE "OperationId" = %(OperationId)s AND "NumberRecords" = -2
