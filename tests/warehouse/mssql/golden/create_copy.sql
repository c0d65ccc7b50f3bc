CREATE TABLE [staging].[StagingWorkOrder_0123456789abcdef_0_1_R] (
  [OrderNumber] bigint NULL,
  [Plant] nvarchar(12) COLLATE SQL_Latin1_General_CP1_CI_AS NULL,
  [Description] nvarchar(30) COLLATE Polish_CI_AS NULL,
  [Note] nvarchar(max) COLLATE SQL_Latin1_General_CP1_CI_AS NULL,
  [Picture] varbinary(max) NULL,
  [Quantity] decimal(38,4) NULL,
  [Price] decimal(38,4) NULL,
  [Started] datetime2(6) NULL,
  [Shift] time(6) NULL,
  [Changed] datetime2(6) NULL,
  [DataSyncRow] bigint NULL
)
