SELECT COUNT(*), MIN("DataSyncRow") FILTER (WHERE "OrderNumber" IS NULL), MIN("DataSyncRow") FILTER (WHERE "Plant" IS NULL) FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1"
