SET NOCOUNT ON;
MERGE INTO [dbo].[Work Order] AS t
USING [staging].[StagingWorkOrder_0123456789abcdef_0_1] AS s
ON t.[OrderNumber] = s.[OrderNumber] AND t.[Plant] = s.[Plant]
WHEN MATCHED AND EXISTS (SELECT CONVERT(varbinary(8000), s.[Plant]) EXCEPT SELECT CONVERT(varbinary(8000), t.[Plant]))
  THEN UPDATE SET [Plant] = s.[Plant]
WHEN NOT MATCHED
  THEN INSERT ([OrderNumber], [Plant])
  VALUES (s.[OrderNumber], s.[Plant]);
DECLARE @touched bigint = ROWCOUNT_BIG();
SET NOCOUNT OFF;
SELECT @touched AS touched;
