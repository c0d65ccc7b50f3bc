CREATE UNIQUE CLUSTERED INDEX [UX_Keys] ON [staging].[StagingWorkOrder_0123456789abcdef_0_1_L] ([OrderNumber], [Plant])
