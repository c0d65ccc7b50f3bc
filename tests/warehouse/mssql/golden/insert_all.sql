INSERT INTO [dbo].[Work Order] WITH (TABLOCK) ([OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed])
SELECT [OrderNumber], [Plant], [Description], [Note], [Picture], [Quantity], [Price], [Started], [Shift], [Changed] FROM [staging].[StagingWorkOrder_0123456789abcdef_0_1]
