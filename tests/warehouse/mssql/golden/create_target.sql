IF OBJECT_ID(N'[dbo].[Work Order]') IS NULL
CREATE TABLE [dbo].[Work Order] (
  [OrderNumber] bigint NOT NULL,
  [Plant] nvarchar(12) NOT NULL,
  [Note] nvarchar(max) NULL,
  [Quantity] decimal(15,4) NULL,
  [Rate] real NULL,
  [Ratio] float NULL,
  [Tiny] tinyint NULL,
  [Small] smallint NULL,
  [Medium] int NULL,
  [Huge] decimal(20,0) NULL,
  [Closed] bit NULL,
  [Day] date NULL,
  [At] time(6) NULL,
  [Changed] datetime2(6) NULL,
  [Raw] binary(16) NULL,
  [Picture] varbinary(max) NULL,
  [Nothing] nvarchar(max) NULL,
  PRIMARY KEY ([OrderNumber], [Plant])
)
