INSERT INTO [data_sync].[TableLoad] ([TableSchema], [TableName], [OperationId], [StartedDT]) VALUES (%(schema)s, %(name)s, %(operation)s, SYSUTCDATETIME())
