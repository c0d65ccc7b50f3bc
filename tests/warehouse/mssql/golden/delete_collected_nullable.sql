DELETE t FROM [dbo].[Work Order] AS t WITH (TABLOCKX)
WHERE EXISTS (SELECT 1 FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1_D] AS s WHERE t.[OrderNumber] = s.[OrderNumber] AND t.[Plant] = s.[Plant]) OR t.[Plant] IS NULL
