SELECT [OperationId] FROM [data_sync].[TableLoad] WITH (REPEATABLEREAD) WHERE [TableSchema] = %(schema)s AND [TableName] = %(name)s
