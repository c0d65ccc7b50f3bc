SET NOCOUNT ON;
MERGE INTO [dbo].[Work Order] AS t
USING [staging].[StagingWorkOrder_0123456789abcdef_0_1] AS s
ON t.[OrderNumber] = s.[OrderNumber] AND t.[Plant] = s.[Plant]
WHEN MATCHED AND (t.[Changed] IS NULL OR s.[Changed] >= t.[Changed] OR t.[Changed] > SYSUTCDATETIME()) AND EXISTS (SELECT CONVERT(varbinary(8000), s.[Plant]), CONVERT(varbinary(8000), s.[Description]), CONVERT(varbinary(max), s.[Note]), s.[Picture], DATALENGTH(s.[Picture]), s.[Quantity], s.[Price], s.[Started], s.[Shift], s.[Changed] EXCEPT SELECT CONVERT(varbinary(8000), t.[Plant]), CONVERT(varbinary(8000), t.[Description]), CONVERT(varbinary(max), t.[Note]), t.[Picture], DATALENGTH(t.[Picture]), t.[Quantity], t.[Price], t.[Started], t.[Shift], t.[Changed])
  THEN UPDATE SET [Plant] = s.[Plant], [Description] = s.[Description], [Note] = s.[Note], [Picture] = s.[Picture], [Quantity] = s.[Quantity], [Price] = s.[Price], [Started] = s.[Started], [Shift] = s.[Shift], [Changed] = s.[Changed]
WHEN NOT MATCHED
  THEN INSERT ([OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed])
  VALUES (s.[OrderNumber], s.[Plant], s.[Description], s.[Note], s.[Picture], s.[Quantity], s.[Price], s.[Started], s.[Shift], s.[Changed]);
DECLARE @touched bigint = ROWCOUNT_BIG();
SET NOCOUNT OFF;
SELECT @touched AS touched;
