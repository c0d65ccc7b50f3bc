SELECT COUNT_BIG(*) AS found,
  MIN(CASE WHEN [OrderNumber] IS NULL THEN [DataSyncRow] END) AS null0,
  MIN(CASE WHEN [Plant] IS NULL THEN [DataSyncRow] END) AS null1,
  MIN(CASE WHEN NOT (CAST(CAST([Description] AS varchar(30)) AS nvarchar(30)) = [Description] COLLATE Latin1_General_100_BIN2) THEN [DataSyncRow] END) AS lost2
FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1_R]
