SELECT COUNT_BIG(*) AS found FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1]
