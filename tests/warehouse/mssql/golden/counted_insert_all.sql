SET NOCOUNT ON;
INSERT INTO [dbo].[Work Order] WITH (TABLOCK) ([OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed])
SELECT [OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed] FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1];
DECLARE @touched bigint = ROWCOUNT_BIG();
SET NOCOUNT OFF;
SELECT @touched AS touched;
