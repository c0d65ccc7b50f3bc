INSERT INTO [staging].[StagingWorkOrder_0123456789abcdef_0_1_L] WITH (TABLOCK) ([OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed])
SELECT [OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed]
FROM (
  SELECT [OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed], [DataSyncRow],
    ROW_NUMBER() OVER (PARTITION BY [OrderNumber], [Plant] ORDER BY [DataSyncRow] DESC) AS rank_of_row
  FROM (
    SELECT [OrderNumber], [Plant], CAST([Description] AS varchar(30)) AS [Description], [Note], [Picture], CAST([Quantity] AS decimal(15,4)) AS [Quantity], CAST([Price] AS money) AS [Price], CAST([Started] AS datetime) AS [Started], CAST([Shift] AS time(0)) AS [Shift], [Changed], [DataSyncRow] FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1]
    UNION ALL SELECT [OrderNumber], [Plant], CAST([Description] AS varchar(30)) AS [Description], [Note], [Picture], CAST([Quantity] AS decimal(15,4)) AS [Quantity], CAST([Price] AS money) AS [Price], CAST([Started] AS datetime) AS [Started], CAST([Shift] AS time(0)) AS [Shift], [Changed], [DataSyncRow] FROM [staging].[StagingWorkOrder_0123456789abcdef_1_1]
  ) AS every_row
) AS ranked
WHERE rank_of_row = 1
