INSERT INTO "dbo"."Work""Order" ("OrderNumber", "Plant", "Description", "Document", "Quantity", "Changed")
SELECT "OrderNumber", "Plant", "Description", "Document", "Quantity", "Changed" FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1"
