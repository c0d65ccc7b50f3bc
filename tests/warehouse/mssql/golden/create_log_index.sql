CREATE INDEX [IX_DataUpdate_Table] ON [data_sync].[DataUpdate] ([TableName], [UpdateType], [ReferenceDT]);

CREATE INDEX [IX_DataUpdate_Running] ON [data_sync].[DataUpdate] ([TableName]) WHERE [NumberRecords] = -2;

CREATE INDEX [IX_DataUpdate_Operation] ON [data_sync].[DataUpdate] ([OperationId]);

CREATE INDEX [IX_DataUpdate_Latest] ON [data_sync].[DataUpdate] ([TableName], [UpdateType], [WasSuccessful], [AdvancesWatermark], [ReferenceDT], [Id], [SourceReadDT]);

CREATE INDEX [IX_DataUpdate_History] ON [data_sync].[DataUpdate] ([TableName], [Id])
