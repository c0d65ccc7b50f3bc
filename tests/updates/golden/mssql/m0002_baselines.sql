IF COL_LENGTH(N'[lo"g].[DataUpdate]', N'FailedTask') IS NULL
ALTER TABLE [lo"g].[DataUpdate] ADD [FailedTask] nvarchar(250) NULL;

IF COL_LENGTH(N'[lo"g].[DataUpdate]', N'FailedPermanently') IS NULL
ALTER TABLE [lo"g].[DataUpdate] ADD [FailedPermanently] bit NULL;

IF COL_LENGTH(N'[lo"g].[DataUpdate]', N'Reading') IS NULL
ALTER TABLE [lo"g].[DataUpdate] ADD [Reading] bigint NULL;

IF COL_LENGTH(N'[lo"g].[DataUpdate]', N'LookbackSeconds') IS NULL
ALTER TABLE [lo"g].[DataUpdate] ADD [LookbackSeconds] bigint NULL;

IF OBJECT_ID(N'[lo"g].[Baseline]') IS NULL
CREATE TABLE [lo"g].[Baseline] (
  [TableSchema] nvarchar(128) NOT NULL,
  [TableName] nvarchar(128) NOT NULL,
  [Identity] nvarchar(128) NULL,
  [HeldRows] bit NOT NULL,
  [Definition] nvarchar(max) NULL,
  [IsComplete] bit NOT NULL,
  [LastReading] bigint NOT NULL,
  [Reading] bigint NOT NULL,
  [FullReading] bigint NOT NULL,
  [ReadFromDT] datetime2(6) NULL,
  [OperationId] varchar(32) NULL,
  [LoadingOperation] varchar(64) NULL,
  [ChangedDT] datetime2(6) NOT NULL,
  PRIMARY KEY ([TableSchema], [TableName])
);

DROP TABLE IF EXISTS [lo"g].[LoadedBatch];

IF OBJECT_ID(N'[lo"g].[LoadedBatch]') IS NULL
CREATE TABLE [lo"g].[LoadedBatch] (
  [OperationId] varchar(32) NOT NULL,
  [Reading] bigint NOT NULL,
  [Batch] int NOT NULL,
  [TableSchema] nvarchar(128) NOT NULL,
  [TableName] nvarchar(128) NOT NULL,
  [LoadedDT] datetime2(6) NOT NULL,
  [Staged] bigint NOT NULL,
  [Inserted] bigint NOT NULL,
  [Updated] bigint NOT NULL,
  [Unchanged] bigint NOT NULL,
  [Deleted] bigint NOT NULL,
  PRIMARY KEY ([OperationId], [TableSchema], [TableName], [Reading], [Batch])
);

DROP TABLE IF EXISTS [lo"g].[TableLoad];

