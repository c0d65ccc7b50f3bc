CREATE UNLOGGED TABLE "staging"."StagingWorkOrder_0123456789abcdef_0_1_L" AS
SELECT "OrderNumber", "Plant", "Description", "Document", "Quantity", "Changed", "DataSyncRow" FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1"
UNION ALL SELECT "OrderNumber", "Plant", "Description", "Document", "Quantity", "Changed", "DataSyncRow" FROM "staging"."StagingWorkOrder_0123456789abcdef_1_1"
