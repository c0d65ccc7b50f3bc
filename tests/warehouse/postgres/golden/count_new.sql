SELECT COUNT(*) AS joined_rows, COUNT(*) FILTER (WHERE t.ctid IS NULL) AS new_rows,
  (SELECT COUNT(*) FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1") AS staged_rows
FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1" AS s
LEFT JOIN "dbo"."Work""Order" AS t ON t."OrderNumber" = s."OrderNumber" AND t."Plant" = s."Plant"
