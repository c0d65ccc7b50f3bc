DELETE FROM "dbo"."Work""Order" AS t
WHERE NOT EXISTS (SELECT 1 FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1_L" AS s WHERE t."OrderNumber" = s."OrderNumber" AND t."Plant" = s."Plant")
