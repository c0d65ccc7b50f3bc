CREATE TABLE "staging"."StagingWorkOrder_0123456789abcdef_0_1_L" AS
SELECT "OrderNumber", "Plant", "Description", "Document", "Quantity", "Changed", "DataSyncRow"
FROM (
  SELECT "OrderNumber", "Plant", "Description", "Document", "Quantity", "Changed", "DataSyncRow",
    ROW_NUMBER() OVER (PARTITION BY "OrderNumber", "Plant" ORDER BY "Changed" DESC NULLS LAST, "DataSyncRow" DESC) AS rank_of_row
  FROM (
    SELECT "OrderNumber", "Plant", "Description", "Document", "Quantity", "Changed", "DataSyncRow" FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1"
  ) AS every_row
) AS ranked
WHERE rank_of_row = 1
