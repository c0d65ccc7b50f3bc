SELECT COUNT(*) AS pairs, COUNT(DISTINCT s.ctid) AS found
FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1" AS s
JOIN "dbo"."Work""Order" AS t ON t."OrderNumber" = s."OrderNumber" AND t."Plant" = s."Plant"
