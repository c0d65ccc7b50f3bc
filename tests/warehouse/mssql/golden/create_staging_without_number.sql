CREATE TABLE [staging].[StagingWorkOrder_0123456789abcdef_0_1_D] (
  [OrderNumber] bigint NULL,
  [Plant] nvarchar(12) COLLATE SQL_Latin1_General_CP1_CI_AS NULL
)
