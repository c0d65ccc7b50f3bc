UPDATE "data_sync"."DataUpdate" SET "NumberRecords" = %(closed)s, "WasSuccessful" = %(failed)s, "EndDT" = %(EndDT)s, "Error" = %(Error)s WHERE "Id" = %(Id)s AND "NumberRecords" = -2
