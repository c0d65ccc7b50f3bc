SET NOCOUNT ON;
INSERT INTO [staging].[StagingWorkOrder_0123456789abcdef_0_1_D] WITH (TABLOCK) ([OrderNumber], [Plant])
SELECT t.[OrderNumber], t.[Plant] FROM [dbo].[Work Order] AS t WITH (TABLOCK, HOLDLOCK)
WHERE NOT EXISTS (SELECT 1 FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1_L] AS s WHERE t.[OrderNumber] = s.[OrderNumber] AND t.[Plant] = s.[Plant]);
DECLARE @touched bigint = ROWCOUNT_BIG();
SET NOCOUNT OFF;
SELECT @touched AS touched;
