CREATE TABLE [data_sync].[DataUpdate] (
  [Id] bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
  [TableName] nvarchar(128) NOT NULL,
  [SourceSystem] nvarchar(128) NOT NULL,
  [UpdateType] nvarchar(16) NOT NULL,
  [StartDT] datetime2(6) NOT NULL,
  [EndDT] datetime2(6) NULL,
  [WasSuccessful] bit NULL,
  [NumberRecords] bigint NOT NULL,
  [OperationId] varchar(32) NOT NULL,
  [ReferenceDT] datetime2(6) NOT NULL,
  [MinimumDT] datetime2(6) NULL,
  [MaximumDT] datetime2(6) NULL,
  [SourceReadDT] datetime2(6) NULL,
  [AdvancesWatermark] bit NOT NULL,
  [DagId] nvarchar(250) NOT NULL,
  [RunId] nvarchar(250) NOT NULL,
  [RunType] nvarchar(32) NOT NULL,
  [TryNumber] int NOT NULL,
  [RowsFetched] bigint NULL,
  [RowsStaged] bigint NULL,
  [RowsInserted] bigint NULL,
  [RowsUpdated] bigint NULL,
  [RowsUnchanged] bigint NULL,
  [RowsDeleted] bigint NULL,
  [RequestedBy] nvarchar(250) NULL,
  [Reason] nvarchar(1000) NULL,
  [Error] nvarchar(4000) NULL
);

CREATE TABLE [data_sync].[LoadedBatch] (
  [StagingTable] nvarchar(300) NOT NULL PRIMARY KEY,
  [LoadedDT] datetime2(6) NOT NULL,
  [Staged] bigint NOT NULL,
  [Inserted] bigint NOT NULL,
  [Updated] bigint NOT NULL,
  [Unchanged] bigint NOT NULL,
  [Deleted] bigint NOT NULL
);

CREATE TABLE [data_sync].[TableLoad] (
  [TableSchema] nvarchar(128) NOT NULL,
  [TableName] nvarchar(128) NOT NULL,
  [OperationId] nvarchar(64) NOT NULL,
  [StartedDT] datetime2(6) NOT NULL,
  PRIMARY KEY ([TableSchema], [TableName])
);

CREATE TABLE [data_sync].[DisabledIndex] (
  [TableSchema] nvarchar(128) NOT NULL,
  [TableName] nvarchar(128) NOT NULL,
  [IndexName] nvarchar(128) NOT NULL,
  [Definition] nvarchar(max) NULL,
  [DisabledDT] datetime2(6) NOT NULL,
  PRIMARY KEY ([TableSchema], [TableName], [IndexName])
)
