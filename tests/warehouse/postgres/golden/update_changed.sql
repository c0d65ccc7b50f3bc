UPDATE "dbo"."Work""Order" AS t SET "Description" = s."Description", "Document" = s."Document", "Quantity" = s."Quantity", "Changed" = s."Changed"
FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1" AS s
WHERE t."OrderNumber" = s."OrderNumber" AND t."Plant" = s."Plant" AND (t."Changed" IS NULL OR s."Changed" >= t."Changed" OR t."Changed" > CURRENT_TIMESTAMP) AND ROW(t."Description" COLLATE "C", t."Document"::text, t."Quantity", t."Changed") IS DISTINCT FROM ROW(s."Description" COLLATE "C", s."Document"::text, s."Quantity", s."Changed")
