CREATE UNIQUE INDEX ON "staging"."StagingWorkOrder_0123456789abcdef_0_1_L" ("OrderNumber", "Plant")
