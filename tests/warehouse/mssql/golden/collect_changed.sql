SET NOCOUNT ON;
INSERT INTO [staging].[StagingWorkOrder_0123456789abcdef_0_1_C] WITH (TABLOCK) ([OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed])
SELECT s.[OrderNumber], s.[Plant], s.[Description], s.[Note], s.[Picture], s.[Quantity], s.[Price], s.[Started], s.[Shift], s.[Changed] FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1_L] AS s
LEFT JOIN [dbo].[Work Order] AS t WITH (TABLOCK, HOLDLOCK) ON t.[OrderNumber] = s.[OrderNumber] AND t.[Plant] = s.[Plant]
WHERE t.[OrderNumber] IS NULL
  OR EXISTS (SELECT CONVERT(varbinary(8000), s.[Plant]), CONVERT(varbinary(8000), s.[Description]), CONVERT(varbinary(max), s.[Note]), s.[Picture], DATALENGTH(s.[Picture]), s.[Quantity], s.[Price], s.[Started], s.[Shift], s.[Changed] EXCEPT SELECT CONVERT(varbinary(8000), t.[Plant]), CONVERT(varbinary(8000), t.[Description]), CONVERT(varbinary(max), t.[Note]), t.[Picture], DATALENGTH(t.[Picture]), t.[Quantity], t.[Price], t.[Started], t.[Shift], t.[Changed]);
DECLARE @touched bigint = ROWCOUNT_BIG();
SET NOCOUNT OFF;
SELECT @touched AS touched;
