SELECT MIN("Id") AS "First", MAX("Id") AS "Last" FROM "data_sync"."DataUpdate" WHERE "StartDT" < %(before)s AND "NumberRecords" <> -2
