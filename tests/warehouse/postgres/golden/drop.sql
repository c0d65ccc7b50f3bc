DROP TABLE IF EXISTS "staging"."StagingWorkOrder_0123456789abcdef_0_1"
