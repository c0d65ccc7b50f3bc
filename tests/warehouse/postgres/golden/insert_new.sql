INSERT INTO "dbo"."Work""Order" ("OrderNumber", "Plant", "Description", "Document", "Quantity", "Changed")
SELECT s."OrderNumber", s."Plant", s."Description", s."Document", s."Quantity", s."Changed"
FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1" AS s
WHERE NOT EXISTS (SELECT 1 FROM "dbo"."Work""Order" AS t WHERE t."OrderNumber" = s."OrderNumber" AND t."Plant" = s."Plant")
