CREATE TABLE [staging].[StagingWorkOrder_0123456789abcdef_0_1_L] (
  [OrderNumber] bigint NOT NULL,
  [Plant] nvarchar(12) COLLATE SQL_Latin1_General_CP1_CI_AS NOT NULL,
  [Description] varchar(30) COLLATE Polish_CI_AS NULL,
  [Note] nvarchar(max) COLLATE SQL_Latin1_General_CP1_CI_AS NULL,
  [Picture] varbinary(max) NULL,
  [Quantity] decimal(15,4) NULL,
  [Price] money NULL,
  [Started] datetime NULL,
  [Shift] time(0) NULL,
  [Changed] datetime2(6) NULL
) ON [PRIMARY]
WITH (DATA_COMPRESSION = NONE)
