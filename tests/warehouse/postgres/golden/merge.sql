MERGE INTO "dbo"."Work""Order" AS t
USING "staging"."StagingWorkOrder_0123456789abcdef_0_1" AS s
ON t."OrderNumber" = s."OrderNumber" AND t."Plant" = s."Plant"
WHEN MATCHED AND (t."Changed" IS NULL OR s."Changed" >= t."Changed" OR t."Changed" > CURRENT_TIMESTAMP) AND ROW(t."Description" COLLATE "C", t."Document"::text, t."Quantity", t."Changed") IS DISTINCT FROM ROW(s."Description" COLLATE "C", s."Document"::text, s."Quantity", s."Changed")
  THEN UPDATE SET "Description" = s."Description", "Document" = s."Document", "Quantity" = s."Quantity", "Changed" = s."Changed"
WHEN NOT MATCHED
  THEN INSERT ("OrderNumber", "Plant", "Description", "Document", "Quantity", "Changed")
  VALUES (s."OrderNumber", s."Plant", s."Description", s."Document", s."Quantity", s."Changed")
