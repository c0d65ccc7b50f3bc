SELECT MIN("Id") AS "First" FROM "data_sync"."DataUpdate" WHERE "Id" > %(after)s AND "Id" <= %(last)s AND "StartDT" < %(before)s AND "NumberRecords" <> -2
