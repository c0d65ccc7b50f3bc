COMMENT ON TABLE "staging"."StagingWorkOrder_0123456789abcdef_0_1" IS '1000000 rows'
