INSERT INTO [staging].[StagingWorkOrder_0123456789abcdef_0_1] WITH (TABLOCK) ([OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed], [DataSyncRow])
SELECT [OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed], [DataSyncRow]
FROM (
  SELECT [OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed], [DataSyncRow],
    ROW_NUMBER() OVER (PARTITION BY [OrderNumber], [Plant] ORDER BY [Changed] DESC, [DataSyncRow] DESC) AS rank_of_row
  FROM (
    SELECT [OrderNumber], [Plant], CAST([Description] AS varchar(30)) AS [Description], [Note], [Picture], CAST([Quantity] AS decimal(15,4)) AS [Quantity], CAST([Price] AS money) AS [Price], CAST([Started] AS datetime) AS [Started], CAST([Shift] AS time(0)) AS [Shift], [Changed], [DataSyncRow] FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1_R]
  ) AS every_row
) AS ranked
WHERE rank_of_row = 1
