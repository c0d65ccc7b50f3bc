SET NOCOUNT ON;
INSERT INTO [staging].[StagingWorkOrder_0123456789abcdef_0_1_C] WITH (TABLOCK) ([OrderNumber], [Plant])
SELECT s.[OrderNumber], s.[Plant] FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1_L] AS s
LEFT JOIN [dbo].[Work Order] AS t WITH (TABLOCK, HOLDLOCK) ON t.[OrderNumber] = s.[OrderNumber] AND t.[Plant] = s.[Plant]
WHERE t.[OrderNumber] IS NULL
  OR EXISTS (SELECT CONVERT(varbinary(8000), s.[Plant]) EXCEPT SELECT CONVERT(varbinary(8000), t.[Plant]));
DECLARE @touched bigint = ROWCOUNT_BIG();
SET NOCOUNT OFF;
SELECT @touched AS touched;
