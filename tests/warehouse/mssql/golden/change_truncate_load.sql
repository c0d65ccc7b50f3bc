UPDATE [data_sync].[TableLoad] SET [OperationId] = %(operation)s, [StartedDT] = SYSUTCDATETIME() WHERE [TableSchema] = %(schema)s AND [TableName] = %(name)s
