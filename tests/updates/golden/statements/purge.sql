DELETE FROM "data_sync"."DataUpdate" WHERE "Id" BETWEEN %(first)s AND %(last)s AND "StartDT" < %(before)s AND "NumberRecords" <> -2
