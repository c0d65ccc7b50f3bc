IF OBJECT_ID(N'[lo"g].[DataUpdate]') IS NULL
CREATE TABLE [lo"g].[DataUpdate] (
  [Id] bigint IDENTITY(1,1) NOT NULL,
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
  [Error] nvarchar(4000) NULL,
  PRIMARY KEY ([Id])
);

IF OBJECT_ID(N'[lo"g].[LoadedBatch]') IS NULL
CREATE TABLE [lo"g].[LoadedBatch] (
  [StagingTable] nvarchar(300) NOT NULL,
  [LoadedDT] datetime2(6) NOT NULL,
  [Staged] bigint NOT NULL,
  [Inserted] bigint NOT NULL,
  [Updated] bigint NOT NULL,
  [Unchanged] bigint NOT NULL,
  [Deleted] bigint NOT NULL,
  PRIMARY KEY ([StagingTable])
);

IF OBJECT_ID(N'[lo"g].[TableLoad]') IS NULL
CREATE TABLE [lo"g].[TableLoad] (
  [TableSchema] nvarchar(128) NOT NULL,
  [TableName] nvarchar(128) NOT NULL,
  [OperationId] nvarchar(64) NOT NULL,
  [StartedDT] datetime2(6) NOT NULL,
  PRIMARY KEY ([TableSchema], [TableName])
);

IF OBJECT_ID(N'[lo"g].[DisabledIndex]') IS NULL
CREATE TABLE [lo"g].[DisabledIndex] (
  [TableSchema] nvarchar(128) NOT NULL,
  [TableName] nvarchar(128) NOT NULL,
  [IndexName] nvarchar(128) NOT NULL,
  [Definition] nvarchar(max) NULL,
  [DisabledDT] datetime2(6) NOT NULL,
  PRIMARY KEY ([TableSchema], [TableName], [IndexName])
);

IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID(N'[lo"g].[DataUpdate]') AND name = N'IX_DataUpdate_Table')
CREATE INDEX [IX_DataUpdate_Table] ON [lo"g].[DataUpdate] ([TableName], [UpdateType], [ReferenceDT]);

IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID(N'[lo"g].[DataUpdate]') AND name = N'IX_DataUpdate_Running')
CREATE INDEX [IX_DataUpdate_Running] ON [lo"g].[DataUpdate] ([TableName]) WHERE [NumberRecords] = -2;

IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID(N'[lo"g].[DataUpdate]') AND name = N'IX_DataUpdate_Operation')
CREATE INDEX [IX_DataUpdate_Operation] ON [lo"g].[DataUpdate] ([OperationId]);

IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID(N'[lo"g].[DataUpdate]') AND name = N'IX_DataUpdate_Latest')
CREATE INDEX [IX_DataUpdate_Latest] ON [lo"g].[DataUpdate] ([TableName], [UpdateType], [WasSuccessful], [AdvancesWatermark], [ReferenceDT], [Id], [SourceReadDT]);

IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE object_id = OBJECT_ID(N'[lo"g].[DataUpdate]') AND name = N'IX_DataUpdate_History')
CREATE INDEX [IX_DataUpdate_History] ON [lo"g].[DataUpdate] ([TableName], [Id]);

DROP VIEW IF EXISTS [lo"g].[LastDataUpdates];

CREATE VIEW [lo"g].[LastDataUpdates] AS
SELECT "TableName", "SourceSystem", "UpdateType",
  MAX("ReferenceDT") AS "ReferenceDT", MAX("SourceReadDT") AS "SourceReadDT",
  MAX("StartDT") AS "StartDT", MAX("EndDT") AS "EndDT"
FROM [lo"g]."DataUpdate"
WHERE "WasSuccessful" = 1 AND "AdvancesWatermark" = 1
GROUP BY "TableName", "SourceSystem", "UpdateType";

