SELECT COUNT_BIG(*) AS joined_rows,
  COUNT_BIG(CASE WHEN t.[OrderNumber] IS NULL THEN 1 END) AS new_rows,
  (SELECT COUNT_BIG(*) FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1]) AS staged_rows
FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1] AS s
LEFT JOIN [dbo].[Work Order] AS t WITH (TABLOCK, HOLDLOCK) ON t.[OrderNumber] = s.[OrderNumber] AND t.[Plant] = s.[Plant]
