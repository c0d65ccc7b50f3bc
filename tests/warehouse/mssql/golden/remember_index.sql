INSERT INTO [data_sync].[DisabledIndex] ([TableSchema], [TableName], [IndexName], [DisabledDT]) VALUES (%(schema)s, %(name)s, %(index)s, SYSUTCDATETIME())
