SELECT COUNT(*) AS found FROM "staging"."StagingWorkOrder_0123456789abcdef_0_1"
